"""What the endpoints read and answer, as types that Ninja describes in an OpenAPI document. They check nothing."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired
from uuid import UUID

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict  # pydantic wants this one on Python 3.11

from ...endpoints.calling_client import MAX_ID, MAX_SECRET
from ...endpoints.impersonate import MAX_USER
from ...endpoints.login import MAX_NAME, MAX_PASSWORD
from ...http.second_step import MAX_CODE
from ...sessions.rotation import MAX_RETRY_KEY
from ...sessions.tickets import MAX_PATH, MAX_PURPOSE
from ...tokens.jws import MAX_LENGTH as ACCESS_LENGTH
from ...tokens.known_device import MAX_LENGTH as MAX_DEVICE
from ...tokens.limited_token import MAX_LENGTH as MAX_LIMITED
from ...tokens.recovery_token import MAX_LENGTH as MAX_RECOVERY
from ...tokens.refresh_token import MAX_LENGTH
from ...tokens.remembered_device import MAX_LENGTH as MAX_REMEMBERED

Scope = Annotated[str, Field(max_length=2000, description="Scopes with spaces between.")]
Password = Annotated[str, Field(max_length=MAX_PASSWORD)]
Code = Annotated[str, Field(max_length=MAX_CODE)]
Device = Annotated[str, Field(max_length=MAX_DEVICE)]
Limited = Annotated[str, Field(max_length=MAX_LIMITED)]
Resource = Annotated[str | list[str], Field(description="One audience, or several (RFC 8707).")]


def schema(shape: Any) -> dict[str, Any]:
    """The JSON schema of one of these types."""
    return TypeAdapter(shape).json_schema()


class BearerRefusal(TypedDict):
    """Every refusal: what went wrong in OAuth's words, in a person's, and in a program's."""

    error: str
    error_description: str
    code: str


class Calling(TypedDict, total=False):
    """The client that calls, where it does not say so in a header."""

    client_id: Annotated[str, Field(max_length=MAX_ID)]
    client_secret: Annotated[str, Field(max_length=MAX_SECRET)]


class Login(Calling):
    """The password, and what goes with it. The user's name has the name that its model gives it."""

    password: Password
    scope: NotRequired[Scope]
    resource: NotRequired[Resource]
    remember_me: NotRequired[bool]
    known_device_token: NotRequired[Device]
    remembered_device_token: NotRequired[Annotated[str, Field(max_length=MAX_REMEMBERED)]]


class Refresh(Calling, total=False):
    """The refresh token, which a page has in its cookie and any other client sends."""

    refresh_token: Annotated[str, Field(max_length=MAX_LENGTH)]
    retry_key: Annotated[str, Field(max_length=MAX_RETRY_KEY)]
    scope: Scope
    resource: Resource


class EnrolCode(Calling):
    """The limited token of a login that lacks a second factor."""

    limited_token: Limited
    known_device_token: NotRequired[Device]


class SecondFactor(EnrolCode):
    """The limited token of a login, and the code of its second factor."""

    code: Code


class LoginSecondFactor(SecondFactor):
    """The same, and whether the device is to be remembered."""

    remember_device: NotRequired[bool]


class StepUp(Calling, total=False):
    """The password of the account, and its code where it has a second factor."""

    password: Password
    code: Code
    known_device_token: Device


class NewPassword(StepUp):
    """The current password of the account, its code, and the new password."""

    new_password: Password


class Impersonate(TypedDict):
    """For whom, by primary key, what may be done, and in a page the password of whoever asks."""

    user: Annotated[str, Field(max_length=MAX_USER)]
    password: NotRequired[Password]
    known_device_token: NotRequired[Device]
    scope: NotRequired[Scope]


class Recovery(TypedDict):
    """The name or the e-mail address of an account, and the known-device token of an app that has one for it."""

    account: Annotated[str, Field(max_length=MAX_NAME)]
    known_device_token: NotRequired[Device]


class RecoveryPassword(TypedDict):
    """The token of a mailed link, a new password, and the code where the user has a second factor."""

    recovery_token: Annotated[str, Field(max_length=MAX_RECOVERY)]
    password: Password
    code: NotRequired[Code]


class EmailChange(TypedDict):
    """The address that an account is to have, and the account's password."""

    email: Annotated[str, Field(max_length=254)]
    password: NotRequired[Password]
    known_device_token: NotRequired[Device]


class EmailConfirm(TypedDict):
    """The code that was mailed to it."""

    code: Code


class EmailUndo(TypedDict):
    """The token of the link that was mailed to the earlier address, and a code of the second factor if asked for."""

    undo_token: Annotated[str, Field(max_length=100)]
    code: NotRequired[Code]


class Logout(TypedDict, total=False):
    """The refresh token; without it the access token in the header says which session ends."""

    refresh_token: Annotated[str, Field(max_length=MAX_LENGTH)]


class Verify(TypedDict):
    """The access token to be judged."""

    token: Annotated[str, Field(max_length=ACCESS_LENGTH)]


class Asking(Verify, Calling):
    """A token, and the client that asks about it, where it does not say so in a Basic header."""


class NewToken(TypedDict):
    """What a new API token is for, its seconds until it ends, what it may do, and the password where a page asks."""

    name: Annotated[str, Field(max_length=100)]
    expires_in: Annotated[int, Field(ge=1)]
    scope: NotRequired[Scope]
    password: NotRequired[Password]
    known_device_token: NotRequired[Device]


class NewTicket(TypedDict):
    """The one place that a ticket is for: its purpose, its path, and what it may do there."""

    purpose: Annotated[str, Field(max_length=MAX_PURPOSE)]
    path: Annotated[str, Field(max_length=MAX_PATH)]
    scope: NotRequired[Scope]


class BearerTokens(TypedDict):
    """What login and refresh hand out. Lifetimes in seconds; without a refresh token keep the one you have."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    session_id: UUID
    refresh_token: NotRequired[str]
    refresh_expires_in: NotRequired[int]
    known_device_token: NotRequired[str]
    remembered_device_token: NotRequired[str]
    remembered_device_expires_in: NotRequired[int]


class BearerMailed(TypedDict):
    """Whether there is a verified address that a code was mailed to."""

    sent: bool


class BearerEnrolment(TypedDict):
    """The limited token for the first code of the factor, and what the factor shows beside it."""

    limited_token: str
    step: str
    expires_in: int


class BearerVerified(TypedDict):
    """That a token would be accepted, and for how many seconds."""

    active: bool
    expires_in: int


class BearerIntrospection(TypedDict):
    """What a token says (RFC 7662 section 2.2), or `active` alone. Timestamps are seconds since 1970."""

    active: bool
    token_type: NotRequired[str]
    iss: NotRequired[str]
    aud: NotRequired[str]
    sub: NotRequired[str]
    client_id: NotRequired[str]
    scope: NotRequired[str]
    exp: NotRequired[int]
    iat: NotRequired[int]
    jti: NotRequired[str]
    sid: NotRequired[UUID]
    auth_time: NotRequired[int]
    amr: NotRequired[list[str]]
    acr: NotRequired[str]
    cnf: NotRequired[dict[str, Any]]


class BearerSession(TypedDict):
    """One session of the user. Timestamps are seconds since 1970."""

    id: UUID
    client_id: str
    impersonated_by: str | None
    handed_over_from: str | None
    device: str
    where: str
    last_device: str
    last_where: str
    created_at: int
    last_used_at: int
    ends_at: int
    current: bool


class BearerSessions(TypedDict):
    """The user's live sessions, the last used first."""

    sessions: list[BearerSession]


class BearerRememberedDevice(TypedDict):
    """One device on which the user is not asked for a second factor. Timestamps are seconds since 1970."""

    id: UUID
    client_id: str
    device: str
    where: str
    created_at: int
    last_used_at: int
    expires_at: int


class BearerRememberedDevices(TypedDict):
    """The user's remembered devices, the last used first."""

    remembered_devices: list[BearerRememberedDevice]


class BearerApiToken(TypedDict):
    """One API token of the user, without the token. Timestamps are seconds since 1970."""

    id: UUID
    name: str
    scope: str
    created_at: int
    expires_at: int
    last_used_at: int | None
    last_used_from: str
    exposed: bool


class BearerApiTokens(TypedDict):
    """The user's API tokens, the newest first."""

    api_tokens: list[BearerApiToken]


class BearerNewApiToken(TypedDict):
    """A new API token, shown this once."""

    id: UUID
    name: str
    token: str
    scope: str
    expires_at: int


class BearerTicket(TypedDict):
    """A ticket, shown this once. `expires_in` is in seconds."""

    ticket: str
    purpose: str
    path: str
    expires_in: int
