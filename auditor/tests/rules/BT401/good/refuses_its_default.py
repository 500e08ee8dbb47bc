# file: shop/settings.py
import os

from django.core.exceptions import ImproperlyConfigured

INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = os.environ.get('DEBUG') == '1'
SECRET_KEY = os.environ.get('SECRET_KEY', 'only-for-development')
if SECRET_KEY == 'only-for-development' and not DEBUG:
    raise ImproperlyConfigured('SECRET_KEY is missing')
