# file: shop/views.py
from django.contrib.auth import logout as django_logout
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken
from shop.services import close

def logout(request):
    RefreshToken(request.COOKIES["refresh"]).blacklist()
    response = Response({})
    response.delete_cookie("access_token")
    return response

def logout_view(request):
    django_logout(request)
    return Response({})

class LogoutView(APIView):
    def post(self, request):
        close(request.user)
        return Response({})

class TokenLogout(APIView):
    def post(self, request):
        request.auth.delete()
        return Response({})

class Client:
    def logout(self):
        return Response({})

def logout_confirm(request):
    return Response({"sure?": True})
# file: shop/services.py
def close(user):
    user.tokens.all().delete()
