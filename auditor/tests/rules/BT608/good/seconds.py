# file: shop/tokens.py
import time

from jose import jwt


def make_token(user, key):
    claims = {"sub": str(user.pk), "exp": int(time.time()) + 15 * 60}
    return jwt.encode(claims, key, algorithm="HS256")
