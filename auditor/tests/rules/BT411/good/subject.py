# file: shop/tokens.py
import jwt

def make(user, key, when, claims):
    jwt.encode({"exp": when, **claims}, key)
    jwt.encode(claims, key)
    jwt.encode({"iss": "app", "iat": 0, "exp": when}, key)
    payload = {"exp": when}
    payload["sub"] = user.pk
    jwt.encode(payload, key)
    return jwt.encode({"exp": when, "user_id": user.pk}, key)
