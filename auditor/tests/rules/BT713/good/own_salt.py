# file: shop/models.py
import hashlib
import os

from django.contrib.auth.hashers import make_password


def digest(word, salt):
    return hashlib.pbkdf2_hmac("sha256", word.encode(), salt, 900_000), make_password(word)


def fresh(word):
    return digest(word, os.urandom(16))
