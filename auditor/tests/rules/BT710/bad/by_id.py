# file: shop/views.py
from django.contrib.auth import login
from rest_framework_simplejwt.tokens import RefreshToken
from shop.models import User

def enter(request):
    user = User.objects.get(id=request.data["user_id"])
    return str(RefreshToken.for_user(user))  # <- BT710

def by_mail(request):
    user = User.objects.filter(email=request.POST.get("email")).first()
    login(request, user)  # <- BT710

def google_login(request):
    user, created = User.objects.get_or_create(email=request.data["email"])
    return RefreshToken.for_user(user)  # <- BT710
