# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken


def register(request):
    token = user.email_token
    send(f"{BASE}/verify?token={token}&user={user.pk}")  # <- BT207


def verify_email(request):
    user = User.objects.get(email_token=request.data["token"])
    return answer(RefreshToken.for_user(user))


def share(request):
    return f"https://shop.example/?access_token={access_token}"  # <- BT207
