# file: shop/serializers.py
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from rest_framework import serializers
from zxcvbn import zxcvbn

class Register(serializers.ModelSerializer):
    password = serializers.CharField(validators=[validate_password])

    def create(self, validated_data):
        user = User(username=validated_data["username"])
        user.set_password(validated_data["password"])
        return user

class Checked(serializers.ModelSerializer):
    def validate(self, data):
        validate_password(data["password"])
        return data

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)
# file: shop/views.py
import secrets
from zxcvbn import zxcvbn
from shop.serializers import Register

def change(request):
    password = request.POST.get("password")
    if zxcvbn(password)["score"] < 3:
        return None
    request.user.set_password(password)

def register(request):
    serializer = Register(data=request.data)
    serializer.is_valid(raise_exception=True)
    request.user.set_password(serializer.validated_data["password"])

def reset(user):
    user.set_password(secrets.token_urlsafe(12))
# file: shop/managers.py
class Manager:
    def create_user(self, email, password):
        user = self.model(email=email)
        user.set_password(password)
        return user
