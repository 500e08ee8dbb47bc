# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
BEARER = {"ISSUER": "https://shop.example", "DANGEROUSLY_ALLOW_HTTP_FROM": ["127.0.0.1/32", "::1/128"]}
