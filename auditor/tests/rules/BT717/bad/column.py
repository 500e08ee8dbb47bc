# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('off/', views.off),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    two_factor_enabled = models.BooleanField(default=False)
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_POST


@login_required
@require_POST
def off(request):
    request.user.two_factor_enabled = False  # <- BT717
    request.user.save()
    return HttpResponse()
