# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}
# file: shop/views.py
from rest_framework.authtoken.models import Token


def make(request):
    Token.objects.get_or_create(user=request.user)
