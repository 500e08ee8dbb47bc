# file: shop/settings.py
INSTALLED_APPS = []
SIMPLE_JWT = {"AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",)}
