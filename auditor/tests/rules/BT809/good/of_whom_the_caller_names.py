# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("bells/", views.bells), path("mine/", views.mine), path("posts/<int:user_id>/", views.posts)]
# file: shop/models.py
from django.db import models


class Notification(models.Model):
    to_user = models.ForeignKey("auth.User", models.CASCADE)
    text = models.TextField()


class Post(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)
    text = models.TextField()
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from shop.models import Notification, Post


@login_required
def bells(request):
    found = [each.text for each in Notification.objects.filter(to_user=request.user)]
    return JsonResponse(found, safe=False)


def mine(request):
    if not request.user.is_authenticated:
        return JsonResponse([], safe=False)
    return JsonResponse([each.text for each in Notification.objects.filter(to_user=request.user)], safe=False)


def posts(request, user_id):
    return JsonResponse([each.text for each in Post.objects.filter(owner_id=user_id)], safe=False)
