# file: shop/settings.py
INSTALLED_APPS = []
SECRET_KEY = "in the source"
# file: shop/tokens.py
import jwt
from django.conf import settings

def make(user):
    return jwt.encode({"sub": user.pk}, settings.SECRET_KEY, algorithm="HS256")  # <- BT402
