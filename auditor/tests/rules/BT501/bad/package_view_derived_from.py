# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework', 'rest_framework_simplejwt']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {  # <- BT501
    'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated'],
}
# file: shop/urls.py
from django.urls import path
from shop.views import EnterView

urlpatterns = [path('enter/', EnterView.as_view())]
# file: shop/views.py
from rest_framework_simplejwt.views import TokenObtainPairView
from shop.serializers import PairWithName


class EnterView(TokenObtainPairView):
    serializer_class = PairWithName
# file: shop/serializers.py
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer


class PairWithName(TokenObtainPairSerializer):
    pass
