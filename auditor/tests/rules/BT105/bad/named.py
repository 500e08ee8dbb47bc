# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/keys.py
import secrets


def issue(member):
    member.api_token = secrets.token_hex(4)  # <- BT105
    member.save()
