# file: shop/settings.py
from django.core.management.utils import get_random_secret_key
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
try:
    with open('/run/secrets/key') as f:
        SECRET_KEY = f.read()
except OSError:
    SECRET_KEY = get_random_secret_key()
