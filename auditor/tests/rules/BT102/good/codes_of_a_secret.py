# file: shop/codes.py
import base64
import os

import pyotp


def code_for(user):
    return pyotp.TOTP(user.totp_key).now(), pyotp.TOTP(base64.b32encode(os.urandom(20)).decode()).now()
