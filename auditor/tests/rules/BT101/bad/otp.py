# file: shop/codes.py
import random

def generate_otp():
    return random.randint(100000, 999999)  # <- BT101
