# file: shop/settings.py
INSTALLED_APPS = []
SIMPLE_JWT = {
    "AUDIENCE": None,  # <- BT404
    "ISSUER": None,
}
# file: shop/auth.py
import jwt

def user_of(token, key):
    return jwt.decode(token, key, algorithms=["HS256"])["sub"]  # <- BT404

def partly(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], options={"require": ["exp"]})  # <- BT404

def old(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})  # <- BT404
