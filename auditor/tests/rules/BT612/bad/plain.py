# file: shop/auth.py
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import RefreshToken


class Cookies(JWTAuthentication):
    def authenticate(self, request):
        raw = request.COOKIES.get("refresh")
        access = str(RefreshToken(raw).access_token)  # <- BT612
        return self.get_user(self.get_validated_token(access)), access


class Renew:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = renewed(request)
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return self.get_response(request)


def renewed(request):
    return RefreshToken(request.COOKIES["refresh_token"]).access_token  # <- BT612
