# file: shop/settings.py
import os
INSTALLED_APPS = []
SIMPLE_JWT = {"SIGNING_KEY": os.environ["JWT_KEY"], "ALGORITHM": "ES256"}
# file: shop/tokens.py
import jwt

PUBLIC = "-----BEGIN PUBLIC KEY-----"

def read(token, key=None):
    return jwt.decode(token, PUBLIC, algorithms=["ES256"]) or jwt.decode(token, key, algorithms=["ES256"])
