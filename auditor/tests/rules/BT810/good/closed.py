# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
BEARER = {"ISSUER": "https://shop.example", "PUBLIC_PATHS": ["/health/"]}
