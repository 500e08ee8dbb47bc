# file: shop/settings.py
INSTALLED_APPS = []
JWT_AUTH = {
    "JWT_ALGORITHM": "HS256",
    "JWT_AUDIENCE": None,  # <- BT404
    "JWT_ISSUER": None,
}
