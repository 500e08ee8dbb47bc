"""What the endpoints answer, as serializers, so that a schema generator tells clients the truth."""

from __future__ import annotations

from rest_framework import serializers


class ErrorAnswer(serializers.Serializer):
    """Every refusal: what went wrong in OAuth's words, in a person's, and in a program's."""

    error = serializers.CharField()
    error_description = serializers.CharField()
    code = serializers.CharField()
    fields = serializers.DictField(required=False)  # type: ignore[assignment]  # the name is the answer's own


class TokensAnswer(serializers.Serializer):
    """What login and refresh hand out. Lifetimes in seconds; without a refresh token keep the one you have."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    scope = serializers.CharField(allow_blank=True)
    session_id = serializers.UUIDField()
    refresh_token = serializers.CharField(required=False)
    refresh_expires_in = serializers.IntegerField(required=False)
    known_device_token = serializers.CharField(required=False)
    remembered_device_token = serializers.CharField(required=False)
    remembered_device_expires_in = serializers.IntegerField(required=False)


class MailedAnswer(serializers.Serializer):
    """Whether there is a verified address that a code was mailed to."""

    sent = serializers.BooleanField()


class EnrolmentAnswer(serializers.Serializer):
    """The limited token for the first code of the factor, and what the factor shows beside it."""

    limited_token = serializers.CharField()
    step = serializers.CharField()
    expires_in = serializers.IntegerField()


class VerifyAnswer(serializers.Serializer):
    """That a token would be accepted, and for how many seconds."""

    active = serializers.BooleanField()
    expires_in = serializers.IntegerField()


class IntrospectionAnswer(serializers.Serializer):
    """What a token says (RFC 7662 section 2.2), or `active` alone. Timestamps are seconds since 1970."""

    active = serializers.BooleanField()
    token_type = serializers.CharField(required=False)
    iss = serializers.CharField(required=False)
    aud = serializers.CharField(required=False)
    sub = serializers.CharField(required=False)
    client_id = serializers.CharField(required=False)
    scope = serializers.CharField(required=False, allow_blank=True)
    exp = serializers.IntegerField(required=False)
    iat = serializers.IntegerField(required=False)
    jti = serializers.CharField(required=False)
    sid = serializers.UUIDField(required=False)
    auth_time = serializers.IntegerField(required=False)
    amr = serializers.ListField(child=serializers.CharField(), required=False)
    acr = serializers.CharField(required=False)
    cnf = serializers.DictField(required=False)


class SessionAnswer(serializers.Serializer):
    """One session of the user. Timestamps are seconds since 1970."""

    id = serializers.UUIDField()
    client_id = serializers.CharField()
    impersonated_by = serializers.CharField(allow_null=True)
    handed_over_from = serializers.CharField(allow_null=True)
    device = serializers.CharField()
    where = serializers.CharField(allow_blank=True)
    last_device = serializers.CharField()
    last_where = serializers.CharField(allow_blank=True)
    created_at = serializers.IntegerField()
    last_used_at = serializers.IntegerField()
    ends_at = serializers.IntegerField()
    current = serializers.BooleanField()


class SessionsAnswer(serializers.Serializer):
    """The user's live sessions, the last used first."""

    sessions = SessionAnswer(many=True)


class RememberedDeviceAnswer(serializers.Serializer):
    """One device on which the user is not asked for a second factor. Timestamps are seconds since 1970."""

    id = serializers.UUIDField()
    client_id = serializers.CharField()
    device = serializers.CharField(allow_blank=True)
    where = serializers.CharField(allow_blank=True)
    created_at = serializers.IntegerField()
    last_used_at = serializers.IntegerField()
    expires_at = serializers.IntegerField()


class RememberedDevicesAnswer(serializers.Serializer):
    """The user's remembered devices, the last used first."""

    remembered_devices = RememberedDeviceAnswer(many=True)


class ApiTokenAnswer(serializers.Serializer):
    """One API token of the user, without the token. Timestamps are seconds since 1970."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scope = serializers.CharField(allow_blank=True)
    created_at = serializers.IntegerField()
    expires_at = serializers.IntegerField()
    last_used_at = serializers.IntegerField(allow_null=True)
    last_used_from = serializers.CharField(allow_blank=True)
    exposed = serializers.BooleanField()


class ApiTokensAnswer(serializers.Serializer):
    """The user's API tokens, the newest first."""

    api_tokens = ApiTokenAnswer(many=True)


class NewApiTokenAnswer(serializers.Serializer):
    """A new API token, shown this once."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    token = serializers.CharField()
    scope = serializers.CharField(allow_blank=True)
    expires_at = serializers.IntegerField()


class TicketAnswer(serializers.Serializer):
    """A ticket, shown this once. `expires_in` is in seconds."""

    ticket = serializers.CharField()
    purpose = serializers.CharField()
    path = serializers.CharField()
    expires_in = serializers.IntegerField()
