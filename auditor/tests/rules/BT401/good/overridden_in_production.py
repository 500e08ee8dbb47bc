# file: shop/settings/base.py
INSTALLED_APPS = ['django.contrib.auth']
SECRET_KEY = 'base'
# file: shop/settings/production.py
from decouple import config
from .base import *
SECRET_KEY = config('SECRET_KEY')
# file: shop/settings/test.py
from .base import *
SECRET_KEY = 'tests'
# file: shop/settings/__init__.py
