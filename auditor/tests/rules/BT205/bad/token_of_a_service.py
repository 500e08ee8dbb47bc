# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("take/", views.take)]
# file: shop/views.py
from django.conf import settings
from django.http import JsonResponse


def take(request):
    given = request.headers.get("X-Token") or request.GET.get("token", "")  # <- BT205
    if given != settings.TAKE_TOKEN:
        return JsonResponse({}, status=403)
    return JsonResponse({"ok": True})
