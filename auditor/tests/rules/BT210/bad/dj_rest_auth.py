# file: shop/settings.py
INSTALLED_APPS = ["dj_rest_auth"]
REST_AUTH = {
    "USE_JWT": True,
    "JWT_AUTH_COOKIE": "access",  # <- BT210
    "JWT_AUTH_REFRESH_COOKIE": "refresh",
}
