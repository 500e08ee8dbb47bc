# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('staff/create/', views.create_staff),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def create_staff(request):  # <- BT808
    user = User.objects.create(email=request.POST['email'])
    user.is_staff = True
    user.set_password(request.POST['password'])
    user.save()
