# file: shop/services.py
from django.contrib.auth import get_user_model

UserModel = get_user_model()


class Accounts:
    @staticmethod
    def open_account(email, password):
        return UserModel.objects.create_user(email, password=password)


def authenticate(request, password=None):
    UserModel().set_password(password)
    UserModel().set_password(request.data["password"])
# file: shop/serializers.py
import re

from django.contrib.auth.password_validation import validate_password
from rest_framework import serializers
from shop.services import Accounts, UserModel


class Join(serializers.Serializer):
    def validate_password(self, value):
        validate_password(value)
        return value

    def create(self, validated_data):
        return Accounts.open_account(validated_data["email"], password=validated_data["password"])


class OwnRule(serializers.Serializer):
    def validate_password(self, value):
        if not re.search(r"\d", value) or value.lower() == value:
            raise serializers.ValidationError("weak")
        return value

    def create(self, validated_data):
        return UserModel.objects.create_user("name", password=validated_data["password"])
# file: shop/admin.py
from django import forms
from django.contrib import admin
from shop.models import User


class ChangeForm(forms.ModelForm):
    def save(self, commit=True):
        user = super().save(commit=False)
        user.set_password(self.cleaned_data["password"])
        return user


@admin.register(User)
class PeopleAdmin(admin.ModelAdmin):
    form = ChangeForm
