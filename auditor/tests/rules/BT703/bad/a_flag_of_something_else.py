# file: shop/tokens.py
from django.contrib.auth.tokens import PasswordResetTokenGenerator

class Confirm(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):  # <- BT703
        return str(user.pk) + str(timestamp) + str(user.profile.confirmed)

confirm = Confirm()

class Verify(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):  # <- BT703
        return f"{user.pk}{timestamp}{user.is_verified}"
# file: shop/views.py
from shop.tokens import Verify, confirm

def activate(request, user, token):
    if confirm.check_token(user, token):
        user.profile.confirmed = True

def reset(request, user, token):
    if confirm.check_token(user, token):
        user.set_password(request.POST["word"])

def again(request, user, token):
    if Verify().check_token(user, token):
        user.password = make_password(request.POST["word"])
