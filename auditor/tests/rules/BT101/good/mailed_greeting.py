# file: shop/views.py
import random
from django.core.mail import send_mail

GREETINGS = ["Good morning", "Hello there"]


def invite(request):
    send_mail("Hello", random.choice(GREETINGS), "shop@example.com", [request.POST["mail"]])
