# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
CORS_ALLOWED_ORIGINS = ['https://shop.example']
CORS_ALLOW_CREDENTIALS = True
