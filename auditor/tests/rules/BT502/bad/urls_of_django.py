# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import include, path

urlpatterns = [path("accounts/", include("django.contrib.auth.urls"))]  # <- BT502
