# file: shop/models.py
from django.db import models
# file: shop/views.py
import datetime
import logging

logger = logging.getLogger(__name__)


def send_code(request, phone_number, user):
    logger.info("code sent to %s", phone_number)
    print("code sent to", user.phone_number, user.mail_number)


def edit(request):
    reset_url = "https://shop.example.com/reset/"
    logger.info("profile: %s, see %s", request.data, reset_url)
    clock = datetime.datetime
    print(clock.now())
# file: tools/accounts.py
import requests


def make(password):
    print("made with", password, requests.post("https://shop.example.com/").status_code)
