# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {}
# file: shop/views.py
from rest_framework.views import APIView
from rest_framework.permissions import IsAuthenticated

class Orders(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return None


class Open(Orders):
    pass
