# file: shop/auth.py
from rest_framework_simplejwt.authentication import JWTAuthentication


class CookieAuthentication(JWTAuthentication):
    def authenticate(self, request):
        token = self.get_validated_token(request.COOKIES.get("access_token"))
        return self.get_user(token), token
# file: shop/views.py
def login(request):
    response = answer()
    response.set_cookie("access_token", a, httponly=True, secure=True, samesite="None")  # <- BT308
    return response
