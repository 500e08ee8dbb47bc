# file: shop/tokens.py
import jwt

def make_token(user, key, when, claims):
    payload = {"sub": user.pk}
    payload["exp"] = when
    jwt.encode(payload, key)
    jwt.encode(claims, key)
    return jwt.encode({"sub": user.pk, "exp": when}, key)

def invite_token(email, key):
    return jwt.encode({"email": email}, key)

def call_service(key):
    return jwt.encode({"service": "shop"}, key)
