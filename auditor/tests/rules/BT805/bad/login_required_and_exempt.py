# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('transfer/', views.transfer),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.views.decorators.csrf import csrf_exempt
from shop.models import Transfer


@csrf_exempt  # <- BT805
@login_required
def transfer(request):
    Transfer.objects.create(amount=request.POST['amount'])
