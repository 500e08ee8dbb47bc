# file: shop/serializers.py
from rest_framework import serializers

class Named:
    def validate_name(self, value):
        return value.strip()

class Register(Named, serializers.ModelSerializer):
    def create(self, validated_data):
        return User.objects.create_user(**validated_data)  # <- BT702
