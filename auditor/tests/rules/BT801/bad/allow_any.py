# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {
    'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.AllowAny'],  # <- BT801
}
# file: shop/views.py
from rest_framework.views import APIView

class Orders(APIView):
    def get(self, request):
        return None
