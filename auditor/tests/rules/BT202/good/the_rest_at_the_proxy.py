# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
