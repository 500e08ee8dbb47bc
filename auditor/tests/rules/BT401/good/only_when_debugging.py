# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = True
if DEBUG:
    SECRET_KEY = 'local'
else:
    SECRET_KEY = os.environ['SECRET_KEY']
