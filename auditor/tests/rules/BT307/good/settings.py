# file: shop/settings.py
INSTALLED_APPS = ["dj_rest_auth"]
CSRF_COOKIE_HTTPONLY = False
REST_AUTH = {"JWT_AUTH_COOKIE": "access", "JWT_AUTH_HTTPONLY": True}
