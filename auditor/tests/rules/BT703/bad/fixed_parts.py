# file: shop/tokens.py
from django.contrib.auth.tokens import PasswordResetTokenGenerator

class Tokens(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):  # <- BT703
        return f"{user.id}{timestamp}"  # <- BT703
