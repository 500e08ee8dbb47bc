# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('a/<int:pk>/', views.A.as_view()),
    path('b/<int:pk>/', views.B.as_view()),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.decorators import method_decorator
from django.views import View
from shop.models import Product


class A(LoginRequiredMixin, View):
    def post(self, request, pk):
        Product.objects.get(pk=pk).delete()


@method_decorator(login_required, name='dispatch')
class B(View):
    def post(self, request, pk):
        Product.objects.get(pk=pk).delete()
