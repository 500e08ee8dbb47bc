# file: shop/backends.py
from django.contrib.auth.backends import ModelBackend
from shop.models import Session, User

class KeyBackend(ModelBackend):
    def authenticate(self, request, activation_key=None):
        user = User.objects.get(activation_key=activation_key)
        user.activation_key = ""
        user.save()
        return user

class TokenBackend(ModelBackend):
    def authenticate(self, request, session_token=None):
        return Session.objects.get(session_token=session_token).user
# file: shop/views.py
from rest_framework_simplejwt.tokens import RefreshToken
from shop.models import User

def verify_email(request):
    user = User.objects.get(verification_token=request.GET["token"])
    user.verification_token = None
    user.save()
    return str(RefreshToken.for_user(user))

def only_verified(request):
    user = User.objects.get(verification_token=request.GET["token"])
    user.is_verified = True
