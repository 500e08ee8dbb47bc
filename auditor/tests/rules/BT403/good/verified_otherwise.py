# file: shop/auth.py
import jwt
from rest_framework_simplejwt.tokens import RefreshToken

def decode(self, token, verify=True):
    return jwt.decode(token, self.key, algorithms=["ES256"], options={"verify_signature": verify})

def unsafe_decode(token):
    return jwt.decode(token, options={"verify_signature": False})

def by_issuer(token, keys):
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return jwt.decode(token, keys[issuer], algorithms=["ES256"])

def outer(token, keys):
    _verify_jws_signature(token, keys)
    return _claims(token)

def _verify_jws_signature(token, keys):
    keys.check(token)

def _claims(token):
    options = {"verify_signature": False}
    return jwt.decode(token, options=options)

class BlacklistToken(RefreshToken):
    def __init__(self, token):
        super().__init__(token, verify=False)
