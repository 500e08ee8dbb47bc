# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("change/<int:number>/", views.change), path("edit/<str:name>/", views.edit)]
# file: shop/views.py
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect


def change(request, number):  # <- BT709
    if not request.user.is_staff:
        redirect("index")
    if request.method == "POST":
        connection.cursor().execute("update orders set status = %s where id = %s", [request.POST["status"], number])
    return HttpResponse()


def edit(request, name):  # <- BT709
    if name != request.user.username:
        PermissionDenied()
    connection.cursor().execute("update people set phone = %s where name = %s", [request.POST["phone"], name])
    return HttpResponse()
