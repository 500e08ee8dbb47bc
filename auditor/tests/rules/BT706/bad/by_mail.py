# file: shop/views.py
from shop.models import User

def change_password(request):
    email = request.data.get("email")
    user = User.objects.get(email=email)
    user.set_password(request.data["password"])  # <- BT706
    user.save()
