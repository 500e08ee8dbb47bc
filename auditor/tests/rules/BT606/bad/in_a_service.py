# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('word/', views.Word.as_view()), path('info/', views.Info.as_view()), path('again/', views.Again.as_view())]
# file: shop/services.py
def new_word(*, user, before, after):
    if not user.check_password(before):
        raise ValueError
    user.set_password(after)  # <- BT606
    user.save()


class Save:
    def __new__(cls, user, data):
        user.name = data.get("name")
        if data.get("password"):
            if not user.check_password(data.get("old")):
                return {"error": "no"}
            user.set_password(data.get("password"))  # <- BT606
        user.save()
        return {}


class Forgotten:
    def __init__(self, data):
        self.data = data

    def run(self, user):
        if default_token_generator.check_token(user, self.data["token"]):
            user.set_password(self.data["word"])  # <- BT606
            user.save()
# file: shop/views.py
from django.contrib.auth import get_user_model
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.services import Forgotten, Save, new_word


class Word(APIView):
    def post(self, request):
        new_word(user=request.user, before=request.data["before"], after=request.data["after"])
        return Response({})


class Info(APIView):
    def post(self, request):
        return Response(Save(request.user, request.data))


class Again(APIView):
    def post(self, request):
        Forgotten(request.data).run(get_user_model().objects.get(pk=request.data["id"]))
        return Response({})
