# file: shop/settings.py
INSTALLED_APPS = []
COOKIE_KEY = "SHOP"  # <- BT402
# file: shop/views.py
import jwt
from django.conf import settings

def make(user):
    return jwt.encode({"sub": user.pk}, settings.COOKIE_KEY, algorithm="HS256")
