# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
CORS_ALLOW_ALL_ORIGINS = True  # <- BT301
CORS_ALLOW_CREDENTIALS = True
