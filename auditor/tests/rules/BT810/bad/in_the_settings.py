# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
BEARER = {"ISSUER": "https://shop.example", "DANGEROUSLY_ALLOW_ANONYMOUS": True}  # <- BT810
