# file: shop/rules.py
from django.contrib.auth.password_validation import validate_password

class GoodPasswords:
    def validate_password(self, value):
        validate_password(value)
        return value
# file: shop/serializers.py
from rest_framework import serializers
from shop.rules import GoodPasswords

class Profile(GoodPasswords, serializers.Serializer):
    password = serializers.CharField(required=False)

class Register(GoodPasswords, serializers.ModelSerializer):
    def create(self, validated_data):
        return User.objects.create_user(**validated_data)
# file: shop/views.py
from rest_framework.generics import GenericAPIView
from shop.serializers import Profile

class Me(GenericAPIView):
    serializer_class = Profile

    def patch(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        request.user.set_password(serializer.validated_data["password"])
