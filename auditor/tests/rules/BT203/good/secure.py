# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = os.environ.get('INSECURE') is None
