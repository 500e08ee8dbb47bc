# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SECRET_KEY = 'literal'
SIMPLE_JWT = {'SIGNING_KEY': SECRET_KEY}
