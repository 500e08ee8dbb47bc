# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('people/', views.people), path('taken/', views.taken), path('mine/', views.mine)]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import JsonResponse


def people(request):  # <- BT809
    return JsonResponse(list(User.objects.all().values('email')), safe=False)


def taken(request):
    return JsonResponse({'taken': User.objects.filter(username=request.GET['name']).exists()})


@login_required
def mine(request):
    return JsonResponse(list(User.objects.values('email')), safe=False)
