# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('members/', views.members),
]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework.decorators import api_view
from rest_framework.response import Response


@api_view(["GET"])
def members(request):  # <- BT814
    rows = User.objects.filter(is_active=True)
    return Response(list(rows.values()))  # <- BT814
