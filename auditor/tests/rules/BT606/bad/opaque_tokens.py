# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework.authtoken']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {'DEFAULT_AUTHENTICATION_CLASSES': ['rest_framework.authentication.TokenAuthentication']}
# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView


class Word(APIView):
    def post(self, request):
        if request.user.check_password(request.data["old"]):
            request.user.set_password(request.data["new"])  # <- BT606
            request.user.save()
        return Response({})
