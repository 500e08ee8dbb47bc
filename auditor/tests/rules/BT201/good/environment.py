# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = os.environ.get('DEBUG', '0') == '1'
