# file: shop/settings.py
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SECRET_KEY = os.environ.get('KEY', 'dev-key')  # <- BT401
