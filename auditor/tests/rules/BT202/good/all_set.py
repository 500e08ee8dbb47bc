# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
