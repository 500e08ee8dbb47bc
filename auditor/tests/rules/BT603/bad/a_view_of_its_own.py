# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.again),
    path("b/", views.Cookie.as_view()),
    path("c/", views.by_hand),
    path("d/", views.apart),
]
# file: shop/views.py
import jwt
from django.conf import settings
from django.http import JsonResponse
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def again(request):
    held = RefreshToken(request.data["refresh"])  # <- BT603
    return Response({"access": str(held.access_token)})


class Cookie(APIView):
    def post(self, request):
        held = RefreshToken(request.COOKIES.get("refresh"))  # <- BT603
        answer = Response()
        answer.set_cookie("access", str(held.access_token), httponly=True, secure=True)
        return answer


def by_hand(request):
    held = jwt.decode(request.POST["refresh_token"], settings.JWT_KEY, algorithms=["HS256"])  # <- BT603
    return JsonResponse({"access": jwt.encode({"sub": held["sub"], "exp": 1}, settings.JWT_KEY)})


def renewed(text):
    return RefreshToken(text).access_token  # <- BT603


@api_view(["POST"])
def apart(request):
    return Response({"access": str(renewed(request.data["word"]))})
