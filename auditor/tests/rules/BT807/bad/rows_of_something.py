# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.a),
    path("b/", views.b),
    path("c/", views.c),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from shop.models import Item, Pool


@login_required
def a(request):  # <- BT807
    for item in Item.objects.filter(user=request.user):
        if item.pool is not None:
            item.delete()
    return render(request, "cart.html")


@login_required
def b(request):  # <- BT807
    for item in Item.objects.filter(user=request.user):
        try:
            Pool.objects.get(name="open")
        except Pool.DoesNotExist:
            item.delete()
    return render(request, "cart.html")


@login_required
def c(request):  # <- BT807
    item = Item.objects.filter(user=request.user).first()
    if item.pool is None:
        item.delete()
    return render(request, "cart.html")
