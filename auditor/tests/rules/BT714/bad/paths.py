# file: shop/backends.py
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class ByMail(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        try:
            user = User.objects.get(email=username)
        except User.DoesNotExist:
            return None
        user.check_password(password)  # <- BT714
        return user


class ByName(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = User.objects.get(username=username)
        if not user.check_password(password):
            self.failures = 1
            return user  # <- BT714
        return user


class ByNothing(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        return User.objects.get(username=username)  # <- BT714
