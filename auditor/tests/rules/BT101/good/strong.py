# file: shop/codes.py
import random
import secrets
from random import SystemRandom

rng = SystemRandom()

def generate_token():
    return "".join(random.SystemRandom().choice("abc") for _ in range(32))

def otp():
    otp = rng.randint(100000, 999999)
    code = secrets.randbelow(10**6)
    return otp, code
# file: shop/seed/tokens.py
import random

def make(user):
    user.token = random.randint(0, 9)
