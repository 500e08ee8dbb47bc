# file: shop/settings.py
INSTALLED_APPS = ["dj_rest_auth"]
REST_AUTH = {"JWT_AUTH_COOKIE": "access", "JWT_AUTH_SECURE": True}
JWT_AUTH_COOKIE = None
