# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['shop.limits.RateLimitMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views
from rest_framework_simplejwt.views import TokenObtainPairView

urlpatterns = [
    path('token/', TokenObtainPairView.as_view()),
]
# file: shop/views.py
# file: shop/limits.py
from django.core.cache import cache
from django.http import HttpResponse


class RateLimitMiddleware:
    def __call__(self, request):
        if cache.incr(request.META['REMOTE_ADDR']) > 100:
            return HttpResponse(status=429)
        return self.get_response(request)
