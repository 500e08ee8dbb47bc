# file: shop/settings.py
import sys
INSTALLED_APPS = []
DEBUG = False
if 'test' in sys.argv:
    DEBUG = True
# file: shop/settings_test.py
from .settings import *
DEBUG = True
