# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SECRET_KEY = 'kd83-not-a-secret-any-more'  # <- BT401
