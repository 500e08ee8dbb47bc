# file: shop/settings.py
INSTALLED_APPS = []  # <- BT202
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
