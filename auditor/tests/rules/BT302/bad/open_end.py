# file: shop/settings.py
INSTALLED_APPS = ["corsheaders"]
CORS_ALLOWED_ORIGIN_REGEXES = [
    r"^https://\w+\.example\.com",  # <- BT302
    r"^https://.*example\.com$",  # <- BT302
    r".*",  # <- BT302
]
