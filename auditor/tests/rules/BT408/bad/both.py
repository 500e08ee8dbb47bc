# file: shop/settings.py
import os
INSTALLED_APPS = []
SECRET_KEY = os.environ["SECRET_KEY"]
SIMPLE_JWT = {"SIGNING_KEY": SECRET_KEY}  # <- BT408
# file: shop/tokens.py
import jwt
from django.conf import settings

def make(user):
    return jwt.encode({"sub": user.pk}, settings.SECRET_KEY, algorithm="HS256")  # <- BT408
