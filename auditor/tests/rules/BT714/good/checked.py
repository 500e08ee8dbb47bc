# file: shop/backends.py
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from shop.remote import tried_elsewhere


class ByMail(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = User.objects.get(email=username)
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


class ByName(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        user = User.objects.get(username=username)
        if not user.check_password(password):
            return None
        return user


class Elsewhere(ModelBackend):
    def authenticate(self, request, username=None, password=None):
        if tried_elsewhere(username, password):
            return User.objects.get(username=username)


class ByLink(ModelBackend):
    def authenticate(self, request, link=None):
        return User.objects.get(link=link)
