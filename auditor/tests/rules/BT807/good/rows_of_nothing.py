# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.a),
    path("b/", views.b),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from shop.models import Item


@login_required
def a(request):
    for item in Item.objects.filter(user=request.user):
        if item.pool is None:
            item.delete()
    return render(request, "cart.html")


@login_required
def b(request):
    for item in Item.objects.filter(user=request.user):
        try:
            item.price = item.pool.price
        except Item.DoesNotExist:
            item.delete()
            continue
        item.save()
    return render(request, "cart.html")
