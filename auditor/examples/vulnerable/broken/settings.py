# Nothing here redirects to HTTPS.  <- BT202
from datetime import timedelta

SECRET_KEY = "c1a9e7c0ffee5eed5ca1ab1edeadbea7"  # row 4 <- BT401
DEBUG = True  # row 2 <- BT201

ROOT_URLCONF = "broken.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "corsheaders",
    "rest_framework",
    "rest_framework_simplejwt",
    "dj_rest_auth",
    "notes",
]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "notes.sqlite3"}}

SESSION_COOKIE_HTTPONLY = False  # row 3 <- BT307
CORS_ALLOW_ALL_ORIGINS = True  # row 3 <- BT301
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.notes\.example"]  # row 3 <- BT302

# row 8: who does not say otherwise lets everybody in; row 5: and nobody counts
REST_FRAMEWORK = {  # <- BT501
    "DEFAULT_AUTHENTICATION_CLASSES": ["notes.authentication.CookieAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],  # <- BT801
}
SIMPLE_JWT = {  # row 6 <- BT603
    "ACCESS_TOKEN_LIFETIME": timedelta(days=30),  # row 6 <- BT601
    "REFRESH_TOKEN_LIFETIME": timedelta(days=365),  # row 6 <- BT602
    "SIGNING_KEY": "notes-signing-key",  # row 4 <- BT402
}
REST_AUTH = {"USE_JWT": True, "JWT_AUTH_COOKIE": "access"}  # row 2 <- BT210

AUTH_PASSWORD_VALIDATORS = []  # row 7 <- BT701
