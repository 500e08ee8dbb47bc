# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("terms/", views.Terms.as_view())]
# file: shop/models.py
from django.db import models


class Term(models.Model):
    name = models.CharField()
# file: shop/views.py
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Term


class NotThere(APIException):
    status_code = 401


class Member(BasePermission):
    def has_permission(self, request, view):
        if request.session.get("number", False):
            return True
        raise NotThere


class Terms(APIView):
    permission_classes = (Member,)

    def post(self, request):
        Term.objects.create(name=request.data["name"])
        return Response({})
