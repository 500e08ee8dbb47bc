# file: shop/settings.py
INSTALLED_APPS = ["dj_rest_auth"]
SESSION_COOKIE_HTTPONLY = False  # <- BT307
REST_AUTH = {
    "JWT_AUTH_COOKIE": "access",
    "JWT_AUTH_HTTPONLY": False,  # <- BT307
}
