# file: shop/commands.py
from rest_framework.authtoken.models import Token

def make(user):
    return Token.objects.create(user=user)
