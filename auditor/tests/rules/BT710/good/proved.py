# file: shop/views.py
from django.contrib.auth import authenticate, login
from rest_framework_simplejwt.tokens import RefreshToken
from shop.models import User

def enter(request):
    user = User.objects.get(email=request.data["email"])
    if user.check_password(request.data["password"]):
        return str(RefreshToken.for_user(user))

def register(request):
    user = User.objects.create(email=request.data["email"])
    login(request, user)

def google(request, verify_google):
    email = verify_google(request.data["id_token"])
    user = User.objects.get(email=email)
    return RefreshToken.for_user(user)

def serializer(request, serializer):
    serializer.is_valid(raise_exception=True)
    user = User.objects.get(email=request.data["email"])
    return RefreshToken.for_user(user)
