# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("all/", views.Letters.as_view()), path("one/<int:pk>/", views.Letter.as_view()), path("states/", views.states)]
# file: shop/models.py
from django.db import models


class Draft(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)
    text = models.TextField()
# file: shop/views.py
from django.shortcuts import render
from django.views.generic import DetailView, ListView
from shop.models import Draft


class Letters(ListView):
    model = Draft

    def get_queryset(self):
        if self.request.user.is_authenticated:
            return Draft.objects.filter(owner=self.request.user)
        return Draft.objects.none()


class Letter(DetailView):  # <- BT809
    model = Draft


def states(request):  # <- BT809
    return render(request, "states.html", {"drafts": Draft.objects.select_related("owner").all()})
