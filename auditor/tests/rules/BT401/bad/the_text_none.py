# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SECRET_KEY = str(os.getenv('SECRET_KEY'))  # <- BT401
