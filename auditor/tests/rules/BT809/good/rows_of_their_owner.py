# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("mine/", views.Mine.as_view()),
    path("all/", views.Posts.as_view()),
    path("one/<int:pk>/", views.Post.as_view()),
    path("texts/", views.Texts.as_view()),
    path("text/<int:pk>/", views.Text.as_view()),
]
# file: shop/models.py
from django.db import models


class Entry(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)


class Essay(models.Model):
    author = models.ForeignKey("auth.User", models.CASCADE)
# file: shop/views.py
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import DetailView, ListView
from shop.models import Entry, Essay


class Mine(LoginRequiredMixin, ListView):
    model = Entry

    def get_queryset(self):
        return Entry.objects.filter(owner=self.request.user)


class Posts(ListView):
    model = Entry


class Post(DetailView):
    model = Entry


class Texts(LoginRequiredMixin, ListView):
    model = Essay

    def get_queryset(self):
        return Essay.objects.filter(author=self.request.user)


class Text(DetailView):
    model = Essay
