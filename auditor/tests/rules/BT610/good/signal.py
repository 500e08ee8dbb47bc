# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}
# file: shop/models.py
from django.contrib.auth.models import User
from django.db.models.signals import post_save
from rest_framework.authtoken.models import Token


def saved(sender, instance, created=False, **kwargs):
    if created:
        Token.objects.create(user=instance)


post_save.connect(saved, sender=User)
# file: shop/views.py
def leave(request):
    request.user.auth_token.delete()
