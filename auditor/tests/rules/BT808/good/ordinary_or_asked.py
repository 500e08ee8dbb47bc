# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('register/', views.Register.as_view()),
    path('staff/', views.Staff.as_view()),
]
# file: shop/views.py
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.views import APIView
from shop.models import User


class Register(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        User.objects.create_user(request.data['email'], role='customer', is_staff=False)


class Staff(APIView):
    permission_classes = [IsAdminUser]

    def post(self, request):
        User.objects.create_user(request.data['email'], is_staff=True)
