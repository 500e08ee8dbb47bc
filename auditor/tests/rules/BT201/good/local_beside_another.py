# file: manage.py
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")
# file: shop/wsgi.py
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")
# file: shop/settings/__init__.py
# file: shop/settings/base.py
INSTALLED_APPS = ["django.contrib.auth"]
ROOT_URLCONF = "shop.urls"
# file: shop/settings/local.py
from shop.settings.base import *

DEBUG = True
# file: shop/settings/aws.py
from shop.settings.base import *

DEBUG = False
