# file: shop/views.py
import hashlib

def etag(body):
    return hashlib.md5(body).hexdigest()

def digest_auth(user, realm, password):
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest()

def reset(password_hash):
    return hashlib.sha256(password_hash.encode()).hexdigest()
