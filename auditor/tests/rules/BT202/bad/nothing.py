# file: shop/settings.py
INSTALLED_APPS = []  # <- BT202
