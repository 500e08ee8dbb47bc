# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('api/auth/login/', views.login), path('signin/', views.sign_in)]
# file: shop/views.py
import hashlib
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from shop.models import Account


@csrf_exempt
def login(request):  # <- BT502
    account = Account.objects.get(email=request.POST['email'])
    same = account.password == hashlib.sha256(request.POST['password'].encode()).hexdigest()
    return JsonResponse({'ok': same})


@csrf_exempt
def sign_in(request):  # <- BT502
    found = Account.objects.filter(email=request.POST['email'], password=request.POST['password'])
    return JsonResponse({'ok': found.exists()})
