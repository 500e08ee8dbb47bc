# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = os.getenv('DEBUG', 'True') == 'True'  # <- BT201
