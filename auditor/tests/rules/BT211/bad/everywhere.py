# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
BEARER = {
    "ISSUER": "https://shop.example",
    "DANGEROUSLY_ALLOW_HTTP_FROM": ["0.0.0.0/0", "::/0"],  # <- BT211
}
