# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
DEBUG = False
BEARER = {"ISSUER": "https://shop.example"}
if DEBUG:
    BEARER["DANGEROUSLY_PLAIN_HTTP_FROM"] = ["192.168.0.0/16"]
