# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {  # <- BT801
    'PAGE_SIZE': 10,
}
# file: shop/views.py
from rest_framework.views import APIView

class Orders(APIView):
    def get(self, request):
        return None
