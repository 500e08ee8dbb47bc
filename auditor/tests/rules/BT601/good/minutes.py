# file: shop/settings.py
from datetime import timedelta
import os
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
SIMPLE_JWT = {'ACCESS_TOKEN_LIFETIME': timedelta(minutes=5)}
NINJA_JWT = {'ACCESS_TOKEN_LIFETIME': timedelta(minutes=int(os.environ['MINUTES']))}
REST_KNOX = {'TOKEN_TTL': timedelta(hours=10)}
