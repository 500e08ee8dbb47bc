# file: shop/fields.py
import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings

KEY = base64.urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest())


def hidden(text):
    return Fernet(KEY).encrypt(text)  # <- BT408
