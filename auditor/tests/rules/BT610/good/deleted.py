# file: shop/views.py
from django.contrib.auth import authenticate
from rest_framework.authtoken.models import Token

def login(request):
    user = authenticate(username=request.data["u"], password=request.data["p"])
    return Token.objects.get_or_create(user=user)

def logout(request):
    request.user.auth_token.delete()
