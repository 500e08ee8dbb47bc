# file: shop/models.py
from django.db import models
# file: shop/codes.py
import pyotp


def send_code(user):
    print("otp", user.otp)  # <- BT222
    once = pyotp.TOTP(user.key, interval=100)
    print(once.now())  # <- BT222


def send_verification(user, token):
    verification_url = f"https://shop.example.com/verify/{token}/"
    print(verification_url)  # <- BT222
# file: shop/views.py
import logging

logger = logging.getLogger(__name__)


def register(request):
    logger.info("sign-up: %s", request.data)  # <- BT222


def change(request):
    data = request.data
    print(data)  # <- BT222
    return data["newPassword"]
