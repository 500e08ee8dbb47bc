# file: shop/settings.py
import os

INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
SECRET_KEY = os.environ["SECRET_KEY"]
SIMPLE_JWT = {"SIGNING_KEY": SECRET_KEY}
