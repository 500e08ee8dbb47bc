# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('a/', views.by_token),
    path('b/', views.reads),
    path('c/', views.checked),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from shop.models import Transfer


@csrf_exempt
def by_token(request):
    if request.headers.get('Authorization') != 'x':
        return HttpResponseForbidden()
    Transfer.objects.create()


@csrf_exempt
@login_required
def reads(request):
    return HttpResponse(Transfer.objects.count())


@login_required
def checked(request):
    Transfer.objects.create()
