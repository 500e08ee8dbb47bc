# file: shop/tokens.py
import hashlib

from django.contrib.auth.tokens import PasswordResetTokenGenerator

class Tokens(PasswordResetTokenGenerator):
    def _make_hash_value(self, user, timestamp):  # <- BT703
        text = str(user.pk) + user.email + str(timestamp)  # <- BT703
        return hashlib.sha256(text.encode()).hexdigest()  # <- BT703
