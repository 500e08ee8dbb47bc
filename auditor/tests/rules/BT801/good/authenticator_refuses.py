# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('orders/', views.Orders.as_view())]
# file: shop/views.py
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.views import APIView
from shop.models import Order, Token


class ByToken(BaseAuthentication):
    def authenticate(self, request):
        token = Token.objects.filter(key=request.GET.get('token')).first()
        if token is None:
            raise AuthenticationFailed('no')
        return token.user, token


class Orders(APIView):
    authentication_classes = [ByToken]

    def get(self, request):
        return list(Order.objects.all())
