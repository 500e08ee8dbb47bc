# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.A.as_view()), path("b/", views.B.as_view()), path("c/", views.C.as_view())]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class A(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        user = User.objects.get(pk=request.user.id)
        if not user.is_password_autoset:
            return Response(status=400)
        user.set_password(request.data["new"])
        user.is_password_autoset = False
        user.save()
        return Response({})


class B(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        user = request.user
        if user.knows_password or not request.data["new"]:
            return Response(status=400)
        user.knows_password = True
        user.set_password(request.data["new"])
        user.save()
        return Response({})


class C(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        if request.user.imported and request.data["new"]:
            request.user.set_password(request.data["new"])
            request.user.imported = False
            request.user.save()
        return Response({})
