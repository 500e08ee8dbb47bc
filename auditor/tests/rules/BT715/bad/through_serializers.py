# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.ByContext.as_view()),
    path("b/", views.BySave.as_view()),
    path("c/", views.ByInstance.as_view()),
    path("d/", views.by_form),
    path("e/", views.ByRequest.as_view()),
]
# file: shop/views.py
from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class Context(serializers.Serializer):
    fresh = serializers.CharField()

    def validate(self, attrs):
        user = self.context.get("user")
        user.set_password(attrs.get("fresh"))  # <- BT715
        user.save()
        return attrs


class ByContext(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        held = Context(data=request.data, context={"user": request.user})
        held.is_valid(raise_exception=True)
        return Response({})


class Saved(serializers.Serializer):
    fresh = serializers.CharField()

    def create(self, validated_data):
        user = validated_data["owner"]
        user.set_password(validated_data["fresh"])  # <- BT715
        user.save()
        return user


class BySave(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        held = Saved(data=request.data)
        held.is_valid(raise_exception=True)
        held.save(owner=request.user)
        return Response({})


class Changed(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["password"]

    def update(self, instance, validated_data):
        instance.set_password(validated_data["password"])  # <- BT715
        instance.save()
        return instance


class ByInstance(APIView):
    permission_classes = [IsAuthenticated]

    def put(self, request):
        held = Changed(request.user, data=request.data)
        held.is_valid(raise_exception=True)
        held.save()
        return Response({})


class Word(forms.Form):
    fresh = forms.CharField()

    def __init__(self, user, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def save(self):
        self.user.set_password(self.cleaned_data["fresh"])  # <- BT715
        self.user.save()


@login_required
def by_form(request):
    form = Word(request.user, request.POST)
    if form.is_valid():
        form.save()
    return HttpResponse()


class OfRequest(serializers.Serializer):
    fresh = serializers.CharField()

    def save(self):
        user = self.context["request"].user
        user.set_password(self.validated_data["fresh"])  # <- BT715
        user.save()


class ByRequest(generics.GenericAPIView):
    permission_classes = [IsAuthenticated]
    serializer_class = OfRequest

    def post(self, request):
        held = self.get_serializer(data=request.data)
        held.is_valid(raise_exception=True)
        held.save()
        return Response({})
