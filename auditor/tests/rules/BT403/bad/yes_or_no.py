# file: shop/permissions.py
import jwt
from rest_framework.permissions import BasePermission


def is_admin(token):
    claims = jwt.decode(token, options={"verify_signature": False})  # <- BT403
    return claims.get("role") == "admin"


class OursOnly(BasePermission):
    def has_permission(self, request, view):
        claims = jwt.decode(request.auth, options={"verify_signature": False})  # <- BT403
        return claims["iss"] == "https://shop.example"
