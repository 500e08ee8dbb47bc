# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("in/", views.Enter.as_view())]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework.response import Response
from rest_framework.views import APIView


class Enter(APIView):
    def post(self, request):
        pupil = User.objects.get(username=request.data["name"])
        if not pupil.check_password(request.data["word"]):
            return Response(status=400)
        request.session["number"] = pupil.id  # <- BT711
        return Response({})
