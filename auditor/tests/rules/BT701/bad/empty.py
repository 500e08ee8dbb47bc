# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
AUTH_PASSWORD_VALIDATORS = []  # <- BT701
