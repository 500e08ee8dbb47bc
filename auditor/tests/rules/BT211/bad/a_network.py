# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
BEARER = {"ISSUER": "https://shop.example"}
BEARER["DANGEROUSLY_ALLOW_HTTP_FROM"] = ["10.2.0.0/24", "127.0.0.1/32"]  # <- BT211
