# file: docs/manage.py
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
# file: docs/site/settings.py
SECRET_KEY = "psst"  # <- BT401
INSTALLED_APPS = ["django.contrib.auth"]
