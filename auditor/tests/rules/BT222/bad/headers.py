# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('enter/', views.enter),
]
# file: shop/views.py
from django.http import HttpResponse


def enter(request):
    print(request.META)  # <- BT222
    token = request.headers["x-token"]
    return HttpResponse(bool(token))
