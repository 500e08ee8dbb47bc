# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = os.getenv('DEBUG')
DEBUG = DEBUG is not None and DEBUG.lower() in ('1', 'true')
