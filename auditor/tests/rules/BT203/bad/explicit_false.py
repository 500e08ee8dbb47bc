# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = False  # <- BT203
REST_AUTH = {'JWT_AUTH_SECURE': False}  # <- BT203
