# file: shop/auth.py
import time

import jwt
from rest_framework.authentication import BaseAuthentication


def is_from_partner(token):
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return claims.get("iss") == "https://login.partner.example"


def is_near_its_end(token):
    return jwt.decode(token, options={"verify_signature": False})["exp"] < time.time() + 60


class PartnerAuthentication(BaseAuthentication):
    def authenticate(self, request):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return partner_user(token) if is_from_partner(token) else None
