# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('ping/<uuid:code>', views.ping), path('told/', views.told), path('any/<code>', views.either)]
# file: shop/models.py
import uuid
from django.db import models

class Check(models.Model):
    code = models.UUIDField(default=uuid.uuid4)
    last = models.DateTimeField(null=True)
# file: shop/views.py
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from shop.models import Check


@csrf_exempt
def ping(request, code):
    check = Check.objects.get(code=code)
    check.last = now()
    check.save()
    return HttpResponse("OK")


@csrf_exempt
def told(request):
    Check.objects.filter(code=request.POST["code"]).update(last=now())
    return HttpResponse("OK")


@csrf_exempt
def either(request, code):
    get_object_or_404(Check, code=code)
    return HttpResponse("OK")
