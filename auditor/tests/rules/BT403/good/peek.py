# file: shop/tokens.py
import jwt

KEYS = {}


def claims_of(token):
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return opened(token, KEYS[issuer])


def opened(token, key):
    return jwt.decode(token, key, algorithms=["ES256"], audience="shop", issuer="x")
