# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_KNOX = {'TOKEN_TTL': None}  # <- BT601
