# file: shop/settings/base.py
INSTALLED_APPS = []
DEBUG = True
# file: shop/settings/local.py
from .base import *
# file: shop/settings/production.py
from .base import *
DEBUG = False
# file: manage.py
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")
# file: shop/settings/__init__.py
