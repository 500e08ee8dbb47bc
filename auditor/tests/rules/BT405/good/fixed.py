# file: shop/auth.py
import jwt
from django.conf import settings
from jose import jwt as jose_jwt

def user_of(token, keys, algorithm):
    kid = jwt.get_unverified_header(token)["kid"]
    jose_jwt.decode(token, keys[kid], algorithms="ES256")
    jose_jwt.decode(token, keys[kid], ["ES256"])
    jwt.decode(token, keys[kid], algorithms=settings.ALGORITHMS)
    jwt.decode(token, keys[kid], algorithms=[algorithm])
    return jwt.decode(token, keys[kid], algorithms=["RS256", "ES256"])
