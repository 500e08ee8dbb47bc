# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
from deployment_settings import *
