# file: shop/backends.py
from django.contrib.auth.backends import ModelBackend
from shop.models import User

class KeyBackend(ModelBackend):
    def authenticate(self, request, activation_key=None):
        return User.objects.get(activation_key=activation_key)  # <- BT708
# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken
from shop.models import User

def verify_email(request):
    token = request.query_params.get("token")
    user = User.objects.get(id=request.query_params.get("id"))
    if str(user.email_verification_token) != token:
        return None
    return str(RefreshToken.for_user(user))  # <- BT708
