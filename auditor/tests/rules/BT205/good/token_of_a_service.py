# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("take/", views.take), path("hook/", views.webhook)]
# file: shop/views.py
from django.conf import settings
from django.http import JsonResponse


def take(request):
    if request.headers.get("X-Token") != settings.TAKE_TOKEN:
        return JsonResponse({}, status=403)
    return JsonResponse({"page": request.GET.get("page")})


def webhook(request):
    if request.GET.get("token") != settings.TAKE_TOKEN:
        return JsonResponse({}, status=403)
    return JsonResponse({})
