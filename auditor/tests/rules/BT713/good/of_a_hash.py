# file: shop/tokens.py
import hashlib

def fingerprint(password):
    return hashlib.md5(password.encode()).hexdigest()

def claims(user):
    return {"pwd": fingerprint(user.password)}
