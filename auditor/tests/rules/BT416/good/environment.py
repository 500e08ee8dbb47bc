# file: shop/settings.py
import os

INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
PAYPAL_CLIENT_SECRET = "your-client-secret-1234"
STRIPE_PUBLISHABLE_KEY = "pk_live_51H8sKd92kslWq0xPz"
GITHUB_CLIENT_SECRET = ""
# file: shop/texts.py
import os

import stripe
from twilio.rest import Client

stripe.api_key = os.environ["STRIPE_SECRET_KEY"]


def tell(number, text):
    Client(os.environ["TWILIO_SID"], os.environ["TWILIO_TOKEN"]).messages.create(to=number, body=text)
