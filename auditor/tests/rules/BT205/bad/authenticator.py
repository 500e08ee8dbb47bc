# file: shop/auth.py
import jwt
from urllib.parse import parse_qs
from rest_framework.authentication import BaseAuthentication


class QueryAuthentication(BaseAuthentication):
    def authenticate(self, request):
        token = request.query_params.get("token")  # <- BT205
        return find(token), None


class SocketMiddleware:
    async def __call__(self, scope, receive, send):
        query = parse_qs(scope["query_string"].decode())
        scope["user"] = user_of(query["token"][0])  # <- BT205


def feed(request):
    return jwt.decode(request.GET["access_token"], KEY, algorithms=["HS256"])  # <- BT205
