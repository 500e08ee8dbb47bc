# file: shop/views.py
import jwt
from django.conf import settings
from django.contrib.auth import authenticate

def sign_in(request):
    user = authenticate(username="u", password="p")
    claims = {"pk": user.pk}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")  # <- BT604
