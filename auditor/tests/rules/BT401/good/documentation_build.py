# file: docs/conf.py
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
# file: docs/settings.py
SECRET_KEY = "psst"
INSTALLED_APPS = ["django.contrib.auth"]
