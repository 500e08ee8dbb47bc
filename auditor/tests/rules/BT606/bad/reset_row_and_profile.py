# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "rest_framework_simplejwt.token_blacklist"]
# file: shop/views.py
from django.contrib.auth.hashers import make_password
from shop.models import PhoneVerifier, Token
from shop.schemas import ProfileIn


def reset_password(request):
    row = PhoneVerifier.objects.get(code=request.data["code"])
    row.user.set_password(request.data["new_password"])  # <- BT606
    row.user.save()
    row.delete()


def reset_password_by_token(request):
    token = Token.objects.filter(token=request.data["otp"], kind="PASSWORD_RESET").first()
    token.user.password = make_password(request.data["new_password"])  # <- BT606
    token.user.save()
    token.delete()


def patch_profile(request, data: ProfileIn):
    user = request.user
    if data.password is not None:
        user.set_password(data.password)  # <- BT606
    user.save()
# file: shop/schemas.py
from ninja import Schema


class ProfileIn(Schema):
    password: str | None = None
