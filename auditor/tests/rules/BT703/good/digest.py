# file: shop/tokens.py
import hashlib

from django.contrib.auth.tokens import PasswordResetTokenGenerator

class Tokens(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):
        return hashlib.sha256(f"{user.pk}{user.password}{timestamp}".encode()).hexdigest()
