"""The hierarchy of errors: every class has a stable code and an answer that tells nothing it should not."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from django_bearer.errors import BearerError, Failure, HTTPRefusal, InvalidToken, RateLimited, SessionEnded

STABLE = {
    "BearerError": "error",
    "BodyTooLarge": "body_too_large",
    "BrowserUnsupported": "browser_unsupported",
    "InvalidClaims": "claim_refused",
    "ConfigurationError": "configuration",
    "InsecureTransport": "insecure_transport",
    "InsideTransaction": "inside_transaction",
    "InsufficientScope": "insufficient_scope",
    "InvalidCredentials": "invalid_credentials",
    "InvalidRequest": "invalid_request",
    "InvalidScope": "invalid_scope",
    "InvalidToken": "invalid_token",
    "InvalidKey": "key_refused",
    "KeyDecryptionFailed": "key_unusable",
    "MalformedToken": "malformed",
    "MethodNotAllowed": "method_not_allowed",
    "MultipleCredentials": "multiple_credentials",
    "NotAuthenticated": "not_authenticated",
    "RateLimitUnavailable": "rate_limit_unavailable",
    "SessionEnded": "session_ended",
    "InvalidSignature": "signature_refused",
    "TemporarilyUnavailable": "retry",
    "RateLimited": "throttled",
    "TransportUnknown": "transport_unknown",
    "UnknownIssuer": "unknown_issuer",
    "UnsupportedMediaType": "unsupported_media_type",
}
"""Codes that clients may rely on. One may be added; none may change."""
OAUTH = {
    "invalid_request": {400, 403, 404, 405, 413, 415},
    "invalid_scope": {400},
    "invalid_target": {400},
    "invalid_client": {400, 401},
    "unauthorized_client": {400},
    "invalid_token": {401},
    "insufficient_scope": {403},
    "insufficient_user_authentication": {401},
    "access_denied": {403},
    "interaction_required": {403},
    "invalid_grant": {401},
    "authorization_pending": {400},
    "slow_down": {429},
    "temporarily_unavailable": {503},
    "server_error": {500},
}


def hierarchy(base: type[BearerError] = BearerError) -> list[type[BearerError]]:
    return [base, *(found for child in base.__subclasses__() for found in hierarchy(child))]


CLASSES = [found for found in hierarchy() if found.__module__ == "django_bearer.errors" and found is not HTTPRefusal]
REFUSALS = [found for found in CLASSES if issubclass(found, HTTPRefusal)]


def test_codes_are_the_published_ones() -> None:
    found = {error.__name__: error.code for error in CLASSES}
    assert {name: found.get(name) for name in STABLE} == STABLE


def test_every_class_names_a_code_of_its_own() -> None:
    assert all("code" in vars(error) for error in CLASSES)
    assert [code for code, times in Counter(error.code for error in CLASSES).items() if times > 1] == []


@pytest.mark.parametrize("error", CLASSES, ids=lambda found: found.__name__)
def test_code_and_description_fit_in_a_header(error: type[BearerError]) -> None:
    """BR-09."""
    assert re.fullmatch(r"[a-z_]+", error.code)
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", error.description)


@pytest.mark.parametrize("error", REFUSALS, ids=lambda found: found.__name__)
def test_status_and_oauth_error_belong_together(error: type[HTTPRefusal]) -> None:
    """BR-08."""
    assert error.status in OAUTH[error.error]


@pytest.mark.parametrize("error", CLASSES, ids=lambda found: found.__name__)
def test_reason_is_for_the_developer_and_never_part_of_the_description(error: type[BearerError]) -> None:
    found = error("the reason")
    assert str(found) == "the reason"
    assert "reason" not in found.description
    assert str(error()) == error.description


def test_failure_is_false_and_raises_as_its_error() -> None:
    failure = Failure(SessionEnded, "row 22")
    assert not failure
    raised = failure.exception()
    assert type(raised) is SessionEnded
    assert str(raised) == "row 22"


def test_throttled_says_when_to_come_back() -> None:
    assert RateLimited("full", retry_after=7).retry_after == 7
    assert InvalidToken("x").retry_after is None
