# file: shop/settings.py
from decouple import config
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = config('DEBUG', default=False, cast=bool)
