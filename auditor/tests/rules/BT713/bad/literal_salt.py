# file: shop/models.py
import hashlib

from django.contrib.auth.hashers import make_password

SALT = b"the same for all"


def digest(word):
    return hashlib.pbkdf2_hmac("sha256", word.encode(), SALT, 900_000)  # <- BT713


def stored(word):
    return make_password(word, "salt")  # <- BT713
