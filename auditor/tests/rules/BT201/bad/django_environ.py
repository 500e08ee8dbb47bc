# file: shop/settings.py
import environ
env = environ.Env(DEBUG=(bool, True))
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
DEBUG = env('DEBUG')  # <- BT201
