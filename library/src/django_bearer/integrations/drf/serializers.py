"""What the endpoints read, as serializers, so that a schema generator sees it and a subclass can add to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from rest_framework import serializers

from ... import conf
from ...endpoints.base import is_unicode
from ...endpoints.calling_client import MAX_ID, MAX_SECRET
from ...endpoints.impersonate import MAX_USER
from ...endpoints.login import MAX_FIELD, MAX_NAME, MAX_PASSWORD
from ...http.second_step import MAX_CODE
from ...sessions.rotation import MAX_RETRY_KEY
from ...sessions.tickets import MAX_PATH, MAX_PURPOSE
from ...tokens.jws import MAX_LENGTH as ACCESS_LENGTH
from ...tokens.known_device import MAX_LENGTH as MAX_DEVICE
from ...tokens.limited_token import MAX_LENGTH as MAX_LIMITED
from ...tokens.recovery_token import MAX_LENGTH as MAX_RECOVERY
from ...tokens.refresh_token import MAX_LENGTH
from ...tokens.remembered_device import MAX_LENGTH as MAX_REMEMBERED


class NothingSerializer(serializers.Serializer):
    """An endpoint that reads no body."""


class TextField(serializers.CharField):
    """A text as the plain endpoints take it: as it was sent, and nothing but a text.

    One that may be left out may be null or empty, too.
    """

    def __init__(self, **options: Any) -> None:
        optional = not options.get("required", True)
        super().__init__(**{"trim_whitespace": False, "allow_null": optional, "allow_blank": optional, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        found: str = super().to_internal_value(data)
        return found


class WholeNumberField(serializers.IntegerField):
    """A number as the plain endpoints take it: no string that reads like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """True or false as the plain endpoints take it: no string or number that reads like one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ResourceField(serializers.JSONField):
    """One audience as a string, or several as a list of strings (RFC 8707); the endpoint reads it."""


class LoginSerializer(serializers.Serializer):
    """The user's name, under the name its model gives it or as `username`, and the password."""

    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)
    resource = ResourceField(required=False, allow_null=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    remembered_device_token = TextField(max_length=MAX_REMEMBERED, required=False, write_only=True)
    password = TextField(max_length=MAX_PASSWORD, write_only=True)
    remember_me = FlagField(required=False, allow_null=True)
    scope = TextField(max_length=2000, required=False)

    def get_fields(self) -> dict[str, Any]:
        name = str(get_user_model().USERNAME_FIELD)
        own = {one: TextField(max_length=MAX_FIELD, required=False) for one in conf.current().login_fields}
        return {**own, name: TextField(max_length=MAX_NAME), **super().get_fields()}

    def to_internal_value(self, data: Any) -> Any:
        name = str(get_user_model().USERNAME_FIELD)
        if isinstance(data, Mapping) and name not in data and "username" in data:
            data = {**data, name: data["username"]}
        return super().to_internal_value(data)


class RefreshSerializer(serializers.Serializer):
    """The refresh token, which a page has in its cookie and any other client sends, and what goes with it."""

    refresh_token = TextField(max_length=MAX_LENGTH, required=False, write_only=True)
    retry_key = TextField(max_length=MAX_RETRY_KEY, required=False, write_only=True)
    scope = TextField(max_length=2000, required=False)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)
    resource = ResourceField(required=False, allow_null=True)


class RecoverySerializer(serializers.Serializer):
    """The name or the e-mail address of an account, and the known-device token of an app that has one for it."""

    account = TextField(max_length=MAX_NAME, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)


class NewPasswordSerializer(serializers.Serializer):
    """The token of a mailed link, a new password, and the code where the user has a second factor."""

    recovery_token = TextField(max_length=MAX_RECOVERY, write_only=True)
    password = TextField(max_length=MAX_PASSWORD, write_only=True)
    code = TextField(max_length=MAX_CODE, required=False, write_only=True)


class SecondFactorSerializer(serializers.Serializer):
    """The limited token of a login, and the code of its second factor."""

    limited_token = TextField(max_length=MAX_LIMITED, write_only=True)
    code = TextField(max_length=MAX_CODE, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class LoginSecondFactorSerializer(SecondFactorSerializer):
    """The same, and whether the device is to be remembered."""

    remember_device = FlagField(required=False, allow_null=True)


class EmailChangeSerializer(serializers.Serializer):
    """The address that an account is to have, and the account's password."""

    email = TextField(max_length=254, write_only=True)
    password = TextField(max_length=MAX_PASSWORD, required=False, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)


class EmailConfirmSerializer(serializers.Serializer):
    """The code that was mailed to it."""

    code = TextField(max_length=MAX_CODE, write_only=True)


class EmailUndoSerializer(serializers.Serializer):
    """The token of the link that was mailed to the earlier address, and a code of the second factor if asked for."""

    undo_token = TextField(max_length=100, write_only=True)
    code = TextField(max_length=MAX_CODE, required=False, write_only=True)


class EnrolCodeSerializer(serializers.Serializer):
    """The limited token of a login that lacks a second factor."""

    limited_token = TextField(max_length=MAX_LIMITED, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class StepUpSerializer(serializers.Serializer):
    """The password of the account whose access token is in the header, and its code where it has a second factor."""

    password = TextField(max_length=MAX_PASSWORD, required=False, write_only=True)
    code = TextField(max_length=MAX_CODE, required=False, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class VerifySerializer(serializers.Serializer):
    """The access token to be judged."""

    token = TextField(max_length=ACCESS_LENGTH, write_only=True)


class AskingSerializer(serializers.Serializer):
    """A token, and the client that asks about it, where it does not say so in a Basic header."""

    token = TextField(max_length=ACCESS_LENGTH, write_only=True)
    client_id = TextField(max_length=MAX_ID, required=False)
    client_secret = TextField(max_length=MAX_SECRET, required=False, write_only=True)


class LogoutSerializer(serializers.Serializer):
    """The refresh token; without it the access token in the header says which session ends."""

    refresh_token = TextField(max_length=MAX_LENGTH, required=False, write_only=True)


class ApiTokenSerializer(serializers.Serializer):
    """What a new API token is for, when it ends, what it may do, and the password where a page asks."""

    name = TextField(max_length=100)
    password = TextField(max_length=MAX_PASSWORD, required=False, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    expires_in = WholeNumberField(min_value=1)
    scope = TextField(max_length=2000, required=False)


class PasswordSerializer(StepUpSerializer):
    """The current password of the account whose access token is in the header, its code, and the new password."""

    new_password = TextField(max_length=MAX_PASSWORD, write_only=True)


class ImpersonateSerializer(serializers.Serializer):
    """For whom, by primary key, what may be done, and in a page the password of whoever asks."""

    user = TextField(max_length=MAX_USER)
    password = TextField(max_length=MAX_PASSWORD, required=False, write_only=True)
    known_device_token = TextField(max_length=MAX_DEVICE, required=False, write_only=True)
    scope = TextField(max_length=2000, required=False)


class TicketSerializer(serializers.Serializer):
    """The one place that a ticket is for: its purpose, its path, and what it may do there."""

    purpose = TextField(max_length=MAX_PURPOSE)
    path = TextField(max_length=MAX_PATH)
    scope = TextField(max_length=2000, required=False)


OURS = frozenset(
    {
        ImpersonateSerializer,
        PasswordSerializer,
        LoginSerializer,
        LoginSecondFactorSerializer,
        RefreshSerializer,
        LogoutSerializer,
        SecondFactorSerializer,
        StepUpSerializer,
        VerifySerializer,
    }
)
"""Those that a busy endpoint reads its body with. A project's own, which may do anything, is not among them."""


class _Text(NamedTuple):
    """What a `TextField` takes: at most `most` characters; none, null or nothing where it is not required."""

    name: str
    most: int
    required: bool


def taken_as_sent(serializer: Any, sent: Any) -> Mapping[str, Any] | None:
    """The members of a body that this serializer would return as they were sent; None where it must be asked.

    REST framework makes and copies every field of a serializer for each request, which takes longer than a refresh's
    signature. The fields' own rules are asked here without them, and only their yes is taken.
    """
    if serializer not in OURS or type(sent) is not dict:
        return None
    if serializer is LoginSerializer:
        name = str(get_user_model().USERNAME_FIELD)
        sent = {**sent, name: sent["username"]} if name not in sent and "username" in sent else sent
        fields: tuple[_Text, ...] = (_Text(name, MAX_NAME, True), *_texts(serializer))
    else:
        fields = _texts(serializer)
    others = any(sent.get(name) is not None for name in _others(serializer))
    return None if others or not all(_is_taken(field, sent.get(field.name)) for field in fields) else sent


def _is_taken(field: _Text, value: Any) -> bool:
    """Whether a `TextField` returns this very value."""
    if value is None or value == "":
        return not field.required
    return type(value) is str and len(value) <= field.most and "\x00" not in value and is_unicode(value)


@lru_cache
def _texts(serializer: Any) -> tuple[_Text, ...]:
    declared = serializer._declared_fields.items()
    return tuple(
        _Text(name, int(one.max_length or 0), one.required) for name, one in declared if type(one) is TextField
    )


@lru_cache
def _others(serializer: Any) -> tuple[str, ...]:
    return tuple(name for name, one in serializer._declared_fields.items() if type(one) is not TextField)
