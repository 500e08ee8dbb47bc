"""What the endpoints of handovers read and answer, as types that Ninja describes in an OpenAPI document."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one on Python 3.11

from ...endpoints.calling_client import MAX_ID
from ...endpoints.handover import MAX_METHOD, MAX_NUMBER
from ...tokens.code_verifier import CHALLENGE_LENGTH
from ...tokens.code_verifier import MAX_LENGTH as MAX_VERIFIER
from ...tokens.handover_code import MAX_LENGTH as MAX_HANDOVER
from .shapes import Calling, Device, Password

Handover = Annotated[str, Field(max_length=MAX_HANDOVER)]
Challenge = Annotated[str, Field(max_length=CHALLENGE_LENGTH)]


class NewHandover(TypedDict):
    """To which client, for which receiver, and in a page the password of whoever hands over."""

    to: Annotated[str, Field(max_length=MAX_ID)]
    code_challenge: NotRequired[Challenge]
    code_challenge_method: NotRequired[Annotated[str, Field(max_length=MAX_METHOD)]]
    state: NotRequired[Challenge]
    password: NotRequired[Password]
    known_device_token: NotRequired[Device]


class HandoverBegin(Calling):
    """The challenge of a receiver, and the code where it has read one."""

    code: NotRequired[Handover]
    code_challenge: Challenge
    code_challenge_method: NotRequired[Annotated[str, Field(max_length=MAX_METHOD)]]


class HandoverCode(TypedDict):
    """A code of the session whose access token is in the header."""

    code: Handover


class HandoverApproval(HandoverCode):
    """The same, and the number that the other device shows."""

    number: Annotated[str, Field(max_length=MAX_NUMBER)]


class HandoverRedemption(Calling):
    """The code, and the verifier of the receiver that began."""

    code: Handover
    code_verifier: Annotated[str, Field(max_length=MAX_VERIFIER)]


class BearerHandover(TypedDict):
    """A code, shown this once, and the URL at which its receiver takes it. `expires_in` is in seconds."""

    code: str
    url: str
    client_id: str
    expires_in: int


class BearerHandoverBegun(TypedDict):
    """The number that a receiver shows, or the state of a page that has read no code."""

    number: NotRequired[str]
    state: NotRequired[str]
    expires_in: int


class BearerHandoverReceiver(TypedDict):
    """The device that has begun."""

    client_id: str
    device: str
    where: str
