# file: manage.py
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.base")
# file: shop/settings/__init__.py
# file: shop/settings/base.py
INSTALLED_APPS = ["django.contrib.auth"]
ROOT_URLCONF = "shop.urls"
SECRET_KEY = "a key that every installation replaces"
DEBUG = True
# file: shop/settings/local.py
from shop.settings.base import *

SECRET_KEY = "{{ secret_key }}"
DEBUG = False
