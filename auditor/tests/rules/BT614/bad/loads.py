# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('confirm/<str:key>/', views.confirm),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpResponse


def confirm(request, key):
    user = User.objects.get(email=signing.loads(key, salt="confirm"))  # <- BT614
    user.is_active = True
    user.save()
    return HttpResponse()
