# file: shop/settings/base.py
INSTALLED_APPS = ['django.contrib.auth']
SECRET_KEY = 'kd83-not-a-secret-any-more'  # <- BT401
# file: shop/settings/production.py
from .base import *
DEBUG = False
# file: shop/settings/__init__.py
