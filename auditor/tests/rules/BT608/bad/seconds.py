# file: shop/tokens.py
import time

from jose import jwt

DAY = 24 * 3600


def make_token(user, key):
    claims = {"sub": str(user.pk), "exp": int(time.time()) + DAY}
    return jwt.encode(claims, key, algorithm="HS256")  # <- BT608
