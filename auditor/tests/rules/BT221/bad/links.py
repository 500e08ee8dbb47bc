# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken

def verify_email(request, user):
    if request.GET.get("token") == user.email_token:
        return str(RefreshToken.for_user(user))

def register(base, user):
    return f"{base}/VerifyEmail?token={user.email_token}&id={user.pk}"  # <- BT221

def socket(base, access):
    return f"{base}/ws?access_token={access}"  # <- BT221
# file: shop/auth.py
class QueryAuthentication:
    def authenticate(self, request):
        return request.query_params.get("token")  # <- BT221
