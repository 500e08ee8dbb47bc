# file: shop/auth.py
import jwt
import requests
from jose import jwt as jose_jwt
from rest_framework_simplejwt.tokens import AccessToken

OPTIONS = {"verify_signature": False}

def user_of(token):
    return jwt.decode(token, options={"verify_signature": False})["sub"]  # <- BT403

def by_constant(token):
    return jwt.decode(token, options=OPTIONS)  # <- BT403

def old(token):
    return jwt.decode(token, verify=False)  # <- BT403

def jose(token):
    return jose_jwt.get_unverified_claims(token)  # <- BT403

def simple(token):
    return AccessToken(token, verify=False)["user_id"]  # <- BT403

def remote(token):
    answer = requests.post("https://id.example.com/verify", json=token, verify=False)
    if answer.ok:
        return jwt.decode(token, options={"verify_signature": False})  # <- BT403
