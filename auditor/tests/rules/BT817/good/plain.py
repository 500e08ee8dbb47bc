# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "shop"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("drop/<int:pk>/", views.drop)]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from shop.models import Order


@login_required
def drop(request, pk):
    if request.method == "POST":
        Order.objects.filter(user=request.user, pk=pk).delete()
    return redirect("/")
