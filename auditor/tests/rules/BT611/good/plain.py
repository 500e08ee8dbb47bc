# file: shop/settings.py
INSTALLED_APPS = []
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# file: other/settings.py
INSTALLED_APPS = []
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = 900
