# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_THROTTLE_CLASSES': []}  # <- BT501
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('auth/', include('dj_rest_auth.urls')),
]
# file: shop/views.py
