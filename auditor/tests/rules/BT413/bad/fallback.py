# file: shop/settings.py
import os
INSTALLED_APPS = []
SIMPLE_JWT = {"SIGNING_KEY": os.environ.get("JWT_KEY", "not-so-secret")}  # <- BT413
# file: shop/tokens.py
import os
import jwt

KEY = os.getenv("TOKEN_KEY", "secret")  # <- BT413

def make(user):
    return jwt.encode({"sub": user.pk}, KEY)
