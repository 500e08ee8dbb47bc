# file: shop/tokens.py
import jwt

def make(key, when):
    return jwt.encode({"exp": when, "iat": 0}, key, algorithm="HS256")  # <- BT411
