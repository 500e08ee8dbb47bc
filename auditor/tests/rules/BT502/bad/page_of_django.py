# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.contrib.auth.views import LoginView
from django.urls import path

urlpatterns = [path("in/", LoginView.as_view(template_name="in.html"))]  # <- BT502
