# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "rest_framework.authtoken"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('token/', views.Enter.as_view()),
]
# file: shop/views.py
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.response import Response


def answer(serializer):
    serializer.is_valid(raise_exception=True)
    key, _ = Token.objects.get_or_create(user=serializer.validated_data["user"])
    return {"key": key.key}


class Enter(ObtainAuthToken):
    def post(self, request, *args, **kwargs):  # <- BT502
        return Response(answer(self.serializer_class(data=request.data, context={"request": request})))
