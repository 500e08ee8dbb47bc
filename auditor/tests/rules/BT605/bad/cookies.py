# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

@api_view(["POST"])
def logout(request):  # <- BT605
    response = Response({"success": True})  # <- BT605
    response.delete_cookie("access_token")  # <- BT605
    return response  # <- BT605

class LogoutView(APIView):
    def post(self, request):  # <- BT605
        return Response({"detail": "logged out"})  # <- BT605
