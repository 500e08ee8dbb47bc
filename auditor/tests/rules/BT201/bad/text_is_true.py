# file: shop/settings.py
import os
INSTALLED_APPS = []
DEBUG = os.environ.get("DEBUG", "False")  # <- BT201
