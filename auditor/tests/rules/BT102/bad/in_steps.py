# file: shop/tokens.py
import base64
import hashlib
import time

def create_token(user):
    digest = hashlib.md5(bytes(user, encoding="utf-8"))
    digest.update(bytes(str(time.time()), encoding="utf-8"))
    return digest.hexdigest()  # <- BT102

def verification_link(user):
    user.verification_key = base64.b64encode(user.email.encode())  # <- BT102
