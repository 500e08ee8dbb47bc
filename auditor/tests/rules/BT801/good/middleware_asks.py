# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['shop.middleware.OnlyMembers']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('orders/', views.Orders.as_view()),
]
# file: shop/middleware.py
from django.http import JsonResponse


class OnlyMembers:
    def __call__(self, request):
        if not request.user.is_authenticated:
            return JsonResponse({}, status=401)
        return self.get_response(request)
# file: shop/views.py
from rest_framework.views import APIView


class Orders(APIView):
    def get(self, request):
        return None
