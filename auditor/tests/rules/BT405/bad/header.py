# file: shop/auth.py
import jwt
from jose import jwt as jose_jwt

def user_of(token, key):
    header = jwt.get_unverified_header(token)
    return jwt.decode(token, key, algorithms=[header["alg"]])  # <- BT405

def none(token, key):
    return jwt.decode(token, key, algorithms=["HS256", "none"])  # <- BT405

def mixed(token, key):
    return jwt.decode(token, key, algorithms=["HS256", "RS256"])  # <- BT405

def jose(token, key):
    return jose_jwt.decode(token, key)  # <- BT405

def make(claims):
    return jwt.encode(claims, None, algorithm="none")  # <- BT405
