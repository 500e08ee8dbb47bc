# file: shop/tokens.py
from django.contrib.auth.tokens import PasswordResetTokenGenerator

class Confirm(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):
        return str(user.pk) + str(timestamp) + str(user.profile.confirmed)

confirm = Confirm()

class Reset(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):
        return f"{user.pk}{timestamp}{user.is_active}{user.password}"

reset_token = Reset()
# file: shop/views.py
from shop.tokens import confirm, reset_token

def activate(request, user, token):
    if confirm.check_token(user, token):
        user.profile.confirmed = True

def reset(request, user, token):
    if reset_token.check_token(user, token):
        user.set_password(request.POST["word"])
