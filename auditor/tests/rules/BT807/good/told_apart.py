# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('review/<int:pk>/delete/', views.remove),
    path('logout/', views.leave),
    path('off/<str:token>/', views.off),
]
# file: shop/views.py
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from shop.models import Letter, Review


@login_required
def remove(request, pk):
    row = get_object_or_404(Review, pk=pk, author=request.user)
    if request.method == "POST":
        row.delete()
    return render(request, "sure.html")


@require_POST
def leave(request):
    logout(request)
    return redirect("/")


def off(request, token):
    Letter.objects.filter(token=token).delete()
    return redirect("/")
