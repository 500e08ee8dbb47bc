# file: shop/settings.py
import os
INSTALLED_APPS = []
SIMPLE_JWT = {"SIGNING_KEY": os.environ["JWT_KEY"], "VERIFYING_KEY": os.environ.get("PUBLIC", "")}
# file: shop/tokens.py
import os
import jwt

def make(user):
    return jwt.encode({"sub": user.pk}, os.getenv("TOKEN_KEY", ""))
