# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
DEBUG = False
BEARER = {"ISSUER": "https://shop.example"}
if DEBUG:
    BEARER["DANGEROUSLY_ALLOW_HTTP_FROM"] = ["192.168.0.0/16"]
