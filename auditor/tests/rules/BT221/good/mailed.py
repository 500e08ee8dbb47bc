# file: shop/views.py
import jwt

def register(base, token):
    return f"{base}/VerifyEmail?token={token}"

def verify_email(request, user, key):
    token = request.GET.get("token")
    return jwt.decode(token, key, algorithms=["ES256"])

def page(request, base, token):
    number = request.GET.get("page_token")
    return f"{base}?page_token={token}&page={number}"

class HeaderAuthentication:
    def authenticate(self, request):
        return request.headers.get("Authorization")
