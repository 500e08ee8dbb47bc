# file: shop/codes.py
import secrets

from django.conf import settings


def send_otp(phone):
    if settings.DEBUG:
        code = "4321"
    else:
        code = f"{secrets.randbelow(10**4):04}"
    sms(phone, code)


def verify_message(text, otp):
    code = 4001
    pin_length = 4
    return close(code) if len(text) == pin_length else otp == text
