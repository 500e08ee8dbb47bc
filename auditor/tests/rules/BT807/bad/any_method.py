# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('review/<int:pk>/delete/', views.remove),
    path('logout/', views.leave),
]
# file: shop/views.py
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from shop.models import Review


@login_required
def remove(request, pk):  # <- BT807
    get_object_or_404(Review, pk=pk, author=request.user).delete()
    return redirect("/")


def leave(request):  # <- BT807
    logout(request)
    return redirect("/")
