# file: shop/serializers.py
from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.validators import UniqueValidator


class Register(serializers.ModelSerializer):
    username = serializers.CharField(validators=[UniqueValidator(queryset=User.objects.all())])

    def create(self, validated_data):
        user = User(username=validated_data["username"])
        user.set_password(validated_data["password"])  # <- BT702
        return user

    def update(self, instance, validated_data):
        for key, value in validated_data.items():
            if key == "password":
                instance.set_password(value)  # <- BT702
        return instance


class Join(serializers.ModelSerializer):
    def validate_password(self, value):
        if value != self.initial_data.get("again") or len(value) < 8:
            raise serializers.ValidationError("no")
        return value

    def create(self, validated_data):
        return User.objects.create_user("name", password=validated_data["password"])  # <- BT702
