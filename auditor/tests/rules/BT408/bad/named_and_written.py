# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
SECRET_KEY = "django-insecure-3fk2jw8d0s9q1x7c6v5b4n3m2"
SIMPLE_JWT = {"SIGNING_KEY": SECRET_KEY}  # <- BT408
