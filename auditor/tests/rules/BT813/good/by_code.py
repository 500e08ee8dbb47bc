# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("register/", views.Register.as_view()), path("note/<int:pk>/", views.Note.as_view()), path("drop/<int:pk>/", views.drop)]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Paper(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404, redirect
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Paper


class NewUser(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]

    def create(self, data):
        return User.objects.create_user(**data)


class PaperSerializer(serializers.ModelSerializer):
    class Meta:
        model = Paper
        fields = ["text"]


class Register(generics.CreateAPIView):
    permission_classes = [AllowAny]
    serializer_class = NewUser


class Ours(BasePermission):
    def has_permission(self, request, view):
        return request.user.is_authenticated

    def has_object_permission(self, request, view, obj):
        return obj.user == request.user


class Note(APIView):
    permission_classes = [IsAuthenticated, Ours]

    def patch(self, request, pk):
        paper = get_object_or_404(Paper, id=pk)
        self.check_object_permissions(request, paper)
        form = PaperSerializer(paper, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        form.save()
        return Response(form.data)


@login_required
def drop(request, pk):
    paper = get_object_or_404(Paper, pk=pk)
    if paper.user != request.user:
        return redirect("/login/")
    paper.delete()
    return redirect("/")
