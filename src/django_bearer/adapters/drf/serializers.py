"""What the doors read, as serializers, so that a schema generator sees it and a subclass can add to it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework import serializers

from ...endpoints.caller import MAX_ID, MAX_SECRET
from ...endpoints.login import MAX_NAME, MAX_PASSWORD
from ...sessions.rotation import MAX_RETRY_KEY
from ...tokens.device import MAX_LENGTH as MAX_DEVICE
from ...tokens.refresh import MAX_LENGTH
from ...tokens.signed import MAX_LENGTH as ACCESS_LENGTH


class NothingSerializer(serializers.Serializer):
    """A door that reads no body."""


class ResourceField(serializers.JSONField):
    """One audience as a text, or several as a list of texts (RFC 8707); the door reads it."""


class LoginSerializer(serializers.Serializer):
    """The user's name, under the name its model gives it, and the password."""

    client_id = serializers.CharField(max_length=MAX_ID, required=False)
    client_secret = serializers.CharField(max_length=MAX_SECRET, required=False, write_only=True)
    resource = ResourceField(required=False)
    device_credential = serializers.CharField(max_length=MAX_DEVICE, required=False, write_only=True)
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False, write_only=True)
    scope = serializers.CharField(max_length=2000, required=False)

    def get_fields(self) -> dict[str, Any]:
        name = str(get_user_model().USERNAME_FIELD)
        return {name: serializers.CharField(max_length=MAX_NAME, trim_whitespace=False), **super().get_fields()}


class RefreshSerializer(serializers.Serializer):
    """The refresh token, which a page has in its cookie and any other client sends, and what goes with it."""

    refresh_token = serializers.CharField(max_length=MAX_LENGTH, required=False, write_only=True)
    retry_key = serializers.CharField(max_length=MAX_RETRY_KEY, required=False, write_only=True)
    scope = serializers.CharField(max_length=2000, required=False)
    client_id = serializers.CharField(max_length=MAX_ID, required=False)
    client_secret = serializers.CharField(max_length=MAX_SECRET, required=False, write_only=True)
    resource = ResourceField(required=False)


class VerifySerializer(serializers.Serializer):
    """The access token to be judged."""

    token = serializers.CharField(max_length=ACCESS_LENGTH, write_only=True)


class AskingSerializer(serializers.Serializer):
    """A token, and the client that asks about it, where it does not say so in a Basic header."""

    token = serializers.CharField(max_length=ACCESS_LENGTH, write_only=True)
    client_id = serializers.CharField(max_length=MAX_ID, required=False)
    client_secret = serializers.CharField(max_length=MAX_SECRET, required=False, write_only=True)


class LogoutSerializer(serializers.Serializer):
    """The refresh token; without it the access token in the header says which session ends."""

    refresh_token = serializers.CharField(max_length=MAX_LENGTH, required=False, write_only=True)


class ApiTokenSerializer(serializers.Serializer):
    """What a new API token is for, when it ends, and what it may do."""

    name = serializers.CharField(max_length=100)
    expires_in = serializers.IntegerField(min_value=1)
    scope = serializers.CharField(max_length=2000, required=False)
