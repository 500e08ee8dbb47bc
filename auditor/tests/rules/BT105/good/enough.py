# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/keys.py
import secrets

from django.utils.crypto import get_random_string


def issue(member):
    member.api_token = secrets.token_urlsafe(32)
    member.reset_key = get_random_string(24)
    member.colour = secrets.token_hex(3)
    member.login_code = get_random_string(6, "0123456789")  # typed by a person, ends after minutes
    member.save()
