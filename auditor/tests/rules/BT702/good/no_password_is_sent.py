# file: shop/serializers.py
from django.contrib.auth import get_user_model
from rest_framework import serializers

User = get_user_model()


class Invited(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "number", "username", "email"]

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)
