# file: shop/fields.py
from cryptography.fernet import Fernet
from django.conf import settings


def hidden(text):
    assert settings.SECRET_KEY
    return Fernet(settings.FIELD_KEY).encrypt(text)
