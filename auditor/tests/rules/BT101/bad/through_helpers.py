# file: shop/chance.py
import random


def digits(count):
    return "".join(random.choice("0123456789") for _ in range(count))  # <- BT101
# file: shop/views.py
from django.core.mail import send_mail
from shop.chance import digits


def invite(request):
    what = digits(6)
    send_mail("Hello", f"It is {what}", "shop@example.com", [request.POST["mail"]])
