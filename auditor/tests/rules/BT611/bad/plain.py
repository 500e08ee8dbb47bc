# file: shop/settings.py
INSTALLED_APPS = []
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # <- BT611
