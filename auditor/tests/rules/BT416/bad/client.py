# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/texts.py
from twilio.rest import Client

SID = "AC0f3b1d5a79c2e4680f3b1d5a79c2e468"
WORD = "9b1e7d35c0a84f26b1e7d35c0a84f269"  # <- BT416


def tell(number, text):
    Client(SID, WORD).messages.create(to=number, body=text, from_="+15550100")
