# file: shop/hashers.py
import hashlib
from django.contrib.auth.hashers import PBKDF2PasswordHasher

class MigratedHasher(PBKDF2PasswordHasher):
    algorithm = "pbkdf2_migrated"

    def encode(self, password, salt, iterations=None):
        return super().encode(hashlib.sha512(password.encode()).hexdigest(), salt, iterations)
