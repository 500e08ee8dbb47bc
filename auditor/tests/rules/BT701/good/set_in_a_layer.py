# file: shop/settings/base.py
INSTALLED_APPS = ['django.contrib.auth']
AUTH_PASSWORD_VALIDATORS = [{'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator'}]
# file: shop/settings/production.py
from .base import *
# file: shop/settings/__init__.py
