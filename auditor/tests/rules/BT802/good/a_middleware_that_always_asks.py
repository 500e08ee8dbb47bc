# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'shop']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware', 'shop.middleware.TurnAway']
# file: shop/middleware.py
from django.contrib.auth.views import redirect_to_login
from shop.models import Site


class TurnAway:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return self.get_response(request)
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('settings/sources/<int:source_id>/off/', views.switch_off),
    path('settings/sources/<int:source_id>/order/', views.order),
    path('settings/sources/<int:source_id>/', views.show),
]
# file: shop/models.py
from django.db import models


class Site(models.Model):
    closed = models.BooleanField(default=False)


class Source(models.Model):
    active = models.BooleanField(default=True)
    priority = models.IntegerField(default=1)
    shown = models.IntegerField(default=0)

    def switch_off(self):
        self.active = False
        self.save()

    def put(self, priority):
        self.priority = priority
        self.save()

    def note(self):
        self.shown = self.shown + 1
        self.save()
# file: shop/views.py
from django.shortcuts import get_object_or_404, redirect, render
from shop.models import Source


def switch_off(request, source_id):
    source = get_object_or_404(Source, id=source_id)
    source.switch_off()
    return redirect('/')


def order(request, source_id):
    source = get_object_or_404(Source, id=source_id)
    source.put(request.POST.get('priority'))
    return redirect('/')


def show(request, source_id):
    source = get_object_or_404(Source, id=source_id)
    source.note()
    return render(request, 'source.html', {'source': source})
