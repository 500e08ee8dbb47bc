# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("change/<int:number>/", views.change)]
# file: shop/views.py
from django.db import connection
from django.http import HttpResponse


def change(request, number):  # <- BT802
    connection.cursor().execute("update orders set status = %s where id = %s", [request.POST["status"], number])
    return HttpResponse()
