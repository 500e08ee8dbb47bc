# file: shop/views.py
from shop.models import User

def login(request):
    user = User.objects.get(email=request.POST["email"])
    old_password = request.POST.get("password")
    if user.password == old_password:  # <- BT707
        return "in"
