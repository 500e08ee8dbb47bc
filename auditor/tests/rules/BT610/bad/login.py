# file: shop/views.py
from django.contrib.auth import authenticate
from rest_framework.authtoken.models import Token

def login(request):
    user = authenticate(username=request.data["u"], password=request.data["p"])
    token, created = Token.objects.get_or_create(user=user)  # <- BT610
    return token.key
