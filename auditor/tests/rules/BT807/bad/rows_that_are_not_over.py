# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.a),
    path("b/", views.b),
    path("c/<int:pk>/", views.c),
    path("d/", views.d),
    path("e/<int:pk>/", views.e),
]
# file: shop/views.py
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from shop.models import Survey


@login_required
def a(request):  # <- BT807
    for survey in Survey.objects.all():
        if survey.expiration > timezone.now():
            survey.delete()
    return render(request, "surveys.html")


@login_required
def b(request):  # <- BT807
    Survey.objects.filter(expires__gt=timezone.now(), user=request.user).delete()
    return render(request, "surveys.html")


@login_required
def c(request, pk):  # <- BT807
    survey = get_object_or_404(Survey, pk=pk)
    if not survey.is_expired():
        survey.delete()
    return render(request, "survey.html", {"survey": survey})


@login_required
def d(request):  # <- BT807
    for survey in Survey.objects.filter(user=request.user):
        if survey.expiration < timezone.now() or survey.closed:
            survey.delete()
    return render(request, "surveys.html")


@login_required
def e(request, pk):  # <- BT807
    survey = get_object_or_404(Survey, pk=pk)
    if survey.begins < timezone.now():
        survey.delete()
    return render(request, "over.html")
