# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "django_bearer"]
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
BEARER = {"ISSUER": "https://shop.example", "DANGEROUSLY_ALLOW_ANONYMOUS": True}
