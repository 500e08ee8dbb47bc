# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = True
if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
