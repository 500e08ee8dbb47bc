# file: shop/views.py
from random import randint, choices
from django.core.cache import cache

def start(request, response):
    code = randint(1000, 9999)  # <- BT101
    cache.set(f"otp:{request.user.pk}", code, 300)

def enter(request, response):
    value = "".join(choices("abcdef0123456789", k=16))  # <- BT101
    response.set_cookie("session_id", value)

def renew(user):
    user.set_password(str(randint(10**7, 10**8)))  # <- BT101
