# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = True  # <- BT201
