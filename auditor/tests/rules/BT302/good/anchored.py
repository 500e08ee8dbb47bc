# file: shop/settings.py
INSTALLED_APPS = ["corsheaders"]
CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.example\.com$", r"^https://(?:a|b)\.example\.com(:\d+)?$"]
