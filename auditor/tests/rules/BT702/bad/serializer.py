# file: shop/serializers.py
from django.contrib.auth.models import User
from rest_framework import serializers

class Register(serializers.ModelSerializer):
    password = serializers.CharField(write_only=True)

    def create(self, validated_data):
        user = User(username=validated_data["username"])
        user.set_password(validated_data["password"])  # <- BT702
        return user

class All(serializers.ModelSerializer):
    def create(self, validated_data):
        return User.objects.create_user(**validated_data)  # <- BT702

class Short(serializers.ModelSerializer):
    password = serializers.CharField(min_length=6)  # <- BT702

    def create(self, validated_data):
        password = validated_data.pop("password")
        return User.objects.create_user("name", password=password)
# file: shop/views.py
def change(request):
    password = request.POST.get("password")
    if password:
        request.user.set_password(password)  # <- BT702
