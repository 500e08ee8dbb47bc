# file: shop/serializers.py
from django.contrib.auth import get_user_model
from rest_framework import serializers

User = get_user_model()


class Listed(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "password"]

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)  # <- BT702


class Declared(serializers.ModelSerializer):
    password = serializers.CharField()

    class Meta:
        model = User
        fields = ["id", "username"]

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)  # <- BT702


class Every(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = "__all__"

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)  # <- BT702
