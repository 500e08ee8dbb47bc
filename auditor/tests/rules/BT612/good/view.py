# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken


class Refresh(APIView):
    def post(self, request):
        return Response({"access": str(RefreshToken(request.COOKIES["refresh"]).access_token)})
