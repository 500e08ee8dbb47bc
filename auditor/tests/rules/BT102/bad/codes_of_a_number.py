# file: shop/codes.py
import base64
import hashlib
import time
from datetime import datetime

import pyotp


def key_of(phone):
    return str(phone) + str(datetime.date(datetime.now())) + "some words"


def code_for(phone):
    key = base64.b32encode(key_of(phone).encode())
    return pyotp.TOTP(key, interval=100).now()  # <- BT102


def login(user):
    token = hashlib.sha256(f"{user.pk}:{user.phone_number}:{int(time.time())}".encode()).hexdigest()  # <- BT102
    return token
