# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("post/<int:number>/", views.post)]
# file: shop/models.py
from django.db import models


class Post(models.Model):
    text = models.TextField()


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE)
    text = models.TextField()
# file: shop/views.py
from django import forms
from django.shortcuts import render
from shop.models import Comment, Post


class Told(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["text"]


def post(request, number):
    shown = Post.objects.get(id=number)
    form = Told(data=request.POST)
    if form.is_valid():
        made = form.save(commit=False)
        made.post = shown
        made.save()
    return render(request, "post.html", {"post": shown})
