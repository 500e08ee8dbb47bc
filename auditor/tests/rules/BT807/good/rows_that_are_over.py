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
def a(request):
    surveys = Survey.objects.all()
    for survey in surveys:
        if survey.expiration < timezone.now():
            survey.delete()
    return render(request, "surveys.html", {"surveys": surveys})


@login_required
def b(request):
    Survey.objects.filter(expires__lt=timezone.now(), closed=False).delete()
    return render(request, "surveys.html")


@login_required
def c(request, pk):
    survey = get_object_or_404(Survey, pk=pk)
    if survey.is_expired():
        survey.delete()
    return render(request, "survey.html", {"survey": survey})


@login_required
def d(request):
    long_ago = timezone.now() - timedelta(days=30)
    for survey in Survey.objects.all():
        if long_ago <= survey.made:
            continue
        survey.delete()
    for survey in Survey.objects.all():
        if not survey.made > long_ago:
            survey.delete()
    return render(request, "surveys.html")


@login_required
def e(request, pk):
    survey = get_object_or_404(Survey, pk=pk)
    if survey.valid_until >= timezone.now():
        return render(request, "survey.html", {"survey": survey})
    survey.delete()
    return render(request, "over.html")
