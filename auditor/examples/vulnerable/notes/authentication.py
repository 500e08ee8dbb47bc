import jwt
from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication

KEY = "notes-signing-key"


class CookieAuthentication(BaseAuthentication):
    def authenticate(self, request):
        token = request.COOKIES.get("access_token") or request.GET.get("token")  # row 2 <- BT205
        if not token:
            return None
        claims = jwt.decode(token, options={"verify_signature": False})  # row 4 <- BT403
        return User.objects.get(pk=claims["sub"]), claims
