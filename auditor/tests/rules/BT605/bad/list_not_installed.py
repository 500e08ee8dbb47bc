# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('logout/', views.leave),
]
# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def leave(request):  # <- BT605
    try:
        RefreshToken(request.data["refresh"]).blacklist()
    except Exception:
        return Response(status=400)
    return Response()
