"""Raw tokens, passwords and keys stay out of logs, events, repr, exceptions and the debug page (BR-13)."""

from __future__ import annotations

import base64
import dataclasses
import html
import importlib
import inspect
import io
import logging
import pkgutil
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from django.views.debug import ExceptionReporter

import django_bearer
from django_bearer import conf, errors, events
from django_bearer.accounts import lookup
from django_bearer.accounts.account_tokens import Link
from django_bearer.accounts.enrolment import Begun
from django_bearer.accounts.known_devices import KnownDevice
from django_bearer.accounts.login_policy import Purpose, Step
from django_bearer.accounts.remembered_devices import NewDevice
from django_bearer.api_tokens.issue_and_revoke import IssuedApiToken
from django_bearer.conf import clients
from django_bearer.conf.webhooks import Webhook
from django_bearer.database import key_rows, signing_keys
from django_bearer.database.rate_limit_counters import Filling, Level, Window
from django_bearer.http import authentication
from django_bearer.http.bearer_header import Bearer, TokenSources
from django_bearer.http.challenge import Answer
from django_bearer.http.client_credentials import Named
from django_bearer.http.cookies import Cookie
from django_bearer.http.handover import PreparedHandover
from django_bearer.http.https import RequestTransport
from django_bearer.http.login_limits import CountedAttempt
from django_bearer.http.password_login import LoggedIn, PreparedLogin
from django_bearer.http.second_step import PreparedStep
from django_bearer.http.socket_credentials import Opening
from django_bearer.http.ticket_requests import _Sent
from django_bearer.keys.encryption import decrypt
from django_bearer.keys.key import Key
from django_bearer.keys.keyring import KeyRing, KeyState, RefreshKeys
from django_bearer.models import (
    Issuer,
    RateLimitCounter,
    RememberedDevice,
    RevokedToken,
    Session,
    SigningKey,
    UserTokenVersion,
)
from django_bearer.primitives import clock
from django_bearer.primitives.redaction import redact_locals
from django_bearer.rate_limits import rules
from django_bearer.rate_limits.rules import Bucket
from django_bearer.recovery.email_undo import FoundUndo
from django_bearer.recovery.links import Recovery
from django_bearer.sessions.access_tokens import AccessToken
from django_bearer.sessions.handover_redemption import PreparedRedemption, Receiver
from django_bearer.sessions.handovers import IssuedHandover
from django_bearer.sessions.issue import PreparedSession, SourceLogin
from django_bearer.sessions.limited_logins import PendingLogin
from django_bearer.sessions.rotation import RefreshRequest
from django_bearer.sessions.rotation_rules import Grace, Situation
from django_bearer.sessions.tickets import IssuedTicket, Redemption
from django_bearer.sessions.token_response import IssuedTokens
from django_bearer.sessions.verification import Verified
from django_bearer.tokens import jws as signed
from django_bearer.tokens import refresh_token
from django_bearer.tokens.api_token import ApiSecret
from django_bearer.tokens.known_device import Device, EncryptedDevice, Use
from django_bearer.tokens.refresh_token import Presented, RefreshToken, TokenDelivery, read
from django_bearer.tokens.remembered_device import RememberedDeviceToken

from .conftest import PASSWORD

WRONG = "wr0ng-passw0rd-typed-by-ann"
TYPED = "s3cret-typed-as-a-name"
RETRY = "client-retry-key-3f9a77"
ISSUER = "https://api.example.com"


def spellings(secret: bytes) -> list[str]:
    """The ways in which bytes show: repr (whole, or its first part), hex, base64."""
    return [repr(secret)[2:-1], repr(secret[:12])[2:-1], secret.hex(), refresh_token.base64url_encode(secret)]


def needles(*texts: str) -> list[str]:
    """What to look for: the texts, and of tokens the parts that make them one."""
    found = list(texts)
    for text in texts:
        if text.startswith("djb_"):
            found += [text[60:100], *spellings(read(text).token.secret)]
        elif text.count(".") == 2:
            head, body, tail = text.split(".")
            found += [tail, *spellings(refresh_token.base64url_decode(tail)), f"{head}.{body}"]
    return found


def assert_clean(where: str, hay: str, secrets: list[str]) -> None:
    leaked = [needle for needle in secrets if needle and needle in hay]
    assert not leaked, f"{where} shows {leaked[0]!r}: …{hay[max(0, hay.find(leaked[0]) - 300) : hay.find(leaked[0])]}"


# repr and str

FAKE = "fake-secret-"
SAMPLES: dict[str, Callable[[], Any]] = {
    "Config": lambda: conf.current(),
    "Answer": lambda: Answer(200, {"access_token": FAKE}),
    "Bearer": lambda: Bearer(FAKE),
    "IssuedHandover": lambda: IssuedHandover(FAKE, FAKE, "phone", 60),
    "Receiver": lambda: Receiver(None, TokenDelivery.COOKIE, FAKE, FAKE),  # type: ignore[arg-type]
    "PreparedRedemption": lambda: PreparedRedemption(None, prepared_session(), SimpleNamespace(claims=FAKE)),
    "PreparedHandover": lambda: PreparedHandover(
        logged_in(), PreparedRedemption(None, prepared_session(), SimpleNamespace(claims=FAKE))
    ),
    "SourceLogin": lambda: SourceLogin(1, "", frozenset(), 1, (), {"claim": FAKE}),
    "IssuedTicket": lambda: IssuedTicket(FAKE, "download", "/a/", 30),
    "Redemption": lambda: Redemption(Verified(None, "kid", (b"", b"", b"")), "/a/", FAKE),  # type: ignore[arg-type]
    "Webhook": lambda: Webhook("siem", "https://siem.example.com/", (FAKE.encode(),), frozenset()),
    "Begun": lambda: Begun({"secret": FAKE}, FAKE),
    "Opening": lambda: Opening(FAKE, FAKE, FAKE, None, False, {"query_string": FAKE}),
    "_Sent": lambda: _Sent((FAKE,), (FAKE,)),
    "TokenSources": lambda: TokenSources((FAKE,), FAKE, FAKE.encode()),
    "RequestTransport": lambda: RequestTransport(True, {"HTTP_AUTHORIZATION": FAKE}, (), (), True),
    "RefreshKeys": lambda: RefreshKeys(b"k" * 8, FAKE.encode(), FAKE.encode()),
    "KeyRing": lambda: KeyRing.of(1, [(Key.generate("ES256"), KeyState.ACTIVE)], [(ring_secret(), KeyState.ACTIVE)]),
    "Key": lambda: Key(FAKE[:4], Key.generate("ES256").algorithm, FAKE, FAKE),
    "Grace": lambda: Grace(token(), 17),
    "Situation": lambda: Situation(token(), row_keys=ring_secret()),
    "IssuedTokens": lambda: issued_tokens(),
    "PreparedSession": lambda: prepared_session(),
    "LoggedIn": lambda: logged_in(),
    "PreparedLogin": lambda: PreparedLogin(logged_in(), HttpRequest(), attempt(), prepared_session()),
    "PendingLogin": lambda: pending(),
    "Recovery": lambda: Recovery(None, False, "i", FAKE.encode()),
    "Link": lambda: Link(1, {}, FAKE.encode()),
    "FoundUndo": lambda: FoundUndo(None, "old", None, "i", Link(1, {}, FAKE.encode()), FAKE),  # type: ignore[arg-type]
    "PreparedStep": lambda: PreparedStep(logged_in(), HttpRequest(), attempt(), prepared_session(), pending()),
    "AccessToken": lambda: AccessToken(FAKE, None),  # type: ignore[arg-type]
    "RefreshRequest": lambda: RefreshRequest(FAKE, retry_key=FAKE, context=FAKE),
    "Window": lambda: Window(FAKE, 1, 1),
    "Level": lambda: Level(Window(FAKE, 1, 1), 1, 1),
    "Filling": lambda: Filling(Level(Window(FAKE, 1, 1), 1, 1), 1, 1, 1),
    "Bucket": lambda: Bucket("login-address", (Window(FAKE, 1, 1),)),
    "RefreshToken": lambda: token(),
    "Presented": lambda: Presented(token(), FAKE.encode(), FAKE.encode()),
    "Device": lambda: device(),
    "EncryptedDevice": lambda: EncryptedDevice(Use.CREDENTIAL, b"k" * 8, FAKE.encode(), FAKE.encode()),
    "RememberedDeviceToken": lambda: RememberedDeviceToken(
        TokenDelivery.BODY, b"k" * 8, FAKE.encode(), FAKE.encode(), FAKE.encode()
    ),
    "NewDevice": lambda: NewDevice(FAKE, 1, RememberedDevice(digest=FAKE.encode()), (FAKE.encode(),), (FAKE,)),
    "KnownDevice": lambda: KnownDevice(FAKE.encode(), FAKE, Use.CREDENTIAL),
    "CountedAttempt": lambda: attempt(),
    "Cookie": lambda: Cookie("__Host-bearer-x", FAKE, 1),
    "ApiSecret": lambda: ApiSecret(uuid.UUID(int=1), FAKE.encode()),
    "IssuedApiToken": lambda: IssuedApiToken(uuid.UUID(int=1), FAKE, "n", frozenset(), 1),
    "Named": lambda: Named("client", FAKE),
    "Secret": lambda: clients.Secret(FAKE),
    "Client": lambda: clients.Client("a", frozenset(), frozenset(), 1, 1, 1, secret_digests=(FAKE.encode(),)),
    "Account": lambda: lookup.Account(FAKE, SimpleNamespace(pk=FAKE)),
    "Compact": lambda: signed.Compact(signed.Header("a", None, None), FAKE.encode(), FAKE.encode(), FAKE.encode()),
}
PUBLIC = {
    *(
        "Failure",
        "Accepted",
        "MfaRule",
        "Entered",
        "TicketUse",
        "BegunHandover",
        "SecurityEvent",
        "SingleUseTokens",
        "Algorithm",
        "Verified",
        "Rotate",
        "KeepCurrent",
        "Reject",
        "Reuse",
        "AccessTokenData",
        "RequestAttempt",
        "LoginChoice",
        "RefusedByPolicy",
        "Principal",
        "LegacyLogin",
        "LoginRequirement",
        "_Bearer",
        "StepUpFailure",
        "StepMissing",
        "PasswordStrength",
        "ContextChange",
        "Limit",
        "Limited",
    ),
    *(
        "InvalidSession",
        "IssuerState",
        "SessionRow",
        "SessionState",
        "_ConnectionState",
        "RequestState",
        "AccessClaims",
        "Header",
    ),
    *("FeedState", "Fresh", "IssuerNow", "Reader", "Watch"),
    *(
        "Finding",
        "Due",
        "StoredKey",
        "StoredSessions",
        "Route",
        "Advice",
        "LoginBuckets",
        "Admission",
        "Bar",
        "Chart",
        "Certificate",
        "Found",
        "FoundToken",
        "UnreadableKey",
        "_Owned",
        "ApiTokenState",
        "Allow",
        "Refuse",
        "Full",
        "Refusal",
        "LoginFacts",
        "LoginAttempt",
        "PolicyFailure",
        "Delivered",
        "Metric",
        "Sizes",
        "ChangeFacts",
    ),
}
"""Data classes without a secret: digests, claims, reasons, names."""


def ring_secret() -> RefreshKeys:
    return RefreshKeys(b"k" * 8, FAKE.encode(), FAKE.encode())


def token() -> RefreshToken:
    return RefreshToken(b"k" * 8, uuid.UUID(int=1), 0, TokenDelivery.BODY, FAKE.encode())


def issued_tokens() -> IssuedTokens:
    return IssuedTokens(uuid.UUID(int=1), FAKE, 1, FAKE, 1, frozenset())


def prepared_session() -> PreparedSession:
    return PreparedSession(Session(current_digest=FAKE.encode()), issued_tokens(), None)


def logged_in() -> LoggedIn:
    return LoggedIn("ann", issued_tokens(), FAKE)


def device() -> Device:
    return Device(Use.CREDENTIAL, b"k" * 8, FAKE.encode(), FAKE, FAKE.encode(), FAKE.encode(), 1)


def attempt() -> CountedAttempt:
    known, buckets = KnownDevice(FAKE.encode(), FAKE, Use.CREDENTIAL), rules.LoginBuckets((), (), ())
    return CountedAttempt("issuer", "192.0.2.1", "client", lookup.Account(FAKE), FAKE, buckets, known, ())


def pending() -> PendingLogin:
    state: Any = FAKE
    return PendingLogin(
        None,
        Step.SECOND_FACTOR,
        frozenset(),
        "a",
        TokenDelivery.BODY,
        Purpose.LOGIN,
        {"x": FAKE},
        FAKE.encode(),
        state,
    )


def dataclasses_of_ours() -> Iterator[type]:
    for module in pkgutil.walk_packages(django_bearer.__path__, "django_bearer."):
        if module.name.split(".")[1] in ("audit", "attack", "cli"):
            continue
        if module.name.startswith("django_bearer.integrations.allauth."):
            continue  # allauth is no app of this project; what its `Exchange` says of the tokens is nothing
        loaded = importlib.import_module(module.name)
        for found in vars(loaded).values():
            if inspect.isclass(found) and found.__module__ == loaded.__name__ and dataclasses.is_dataclass(found):
                yield found


def test_every_data_class_is_sorted_into_secret_or_public() -> None:
    assert {found.__name__ for found in dataclasses_of_ours()} == set(SAMPLES) | PUBLIC


@pytest.mark.parametrize("name", SAMPLES)
def test_repr_and_str_hide_the_secret(name: str) -> None:
    found = SAMPLES[name]()
    assert FAKE not in repr(found) + str(found) + f"{found}"


def test_repr_of_the_settings_hides_the_key_encryption_keys() -> None:
    shown = repr(conf.current())
    assert_clean("repr(Config)", shown, [n for key in conf.current().key_encryption_keys for n in spellings(key)])


def test_models_name_themselves_without_their_secrets(ann: Any) -> None:
    issued = django_bearer.issue_session(ann)
    django_bearer.revoke_token(issued.access_token)
    secrets = needles(str(issued.access_token), str(issued.refresh_token), ann.password)
    rows = [Session, SigningKey, RevokedToken, Issuer, UserTokenVersion, RateLimitCounter]
    for row in [row for model in rows for row in model.objects.all()]:
        assert_clean(type(row).__name__, repr(row) + str(row), secrets)


# One history in which everything happens, for logs, events and exceptions.


class History:
    """What was said to the logs, to the signal and to the caller while everything happened, and the secrets in it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.secrets: list[str] = needles(PASSWORD, WRONG, RETRY)
        self.codes: list[str] = []

    def post(self, path: str, body: Any, **extra: Any) -> Any:
        answer = self.client.post(path, body, content_type="application/json", secure=True, **extra)
        if answer.content:
            body = answer.json()
            self.codes.append(body.get("code", "ok"))
            given = [body[name] for name in ("access_token", "refresh_token") if body.get(name)]
            self.secrets += needles(*given)
        return answer

    def get(self, path: str, access: str, **extra: Any) -> Any:
        headers = {"Authorization": f"Bearer {access}"}
        return self.client.get(path, secure=True, headers=headers, **extra)

    def login(self, prefix: str = "/auth") -> Any:
        return self.post(f"{prefix}/login/", {"username": "ann@example.com", "password": PASSWORD}).json()


SERVICE_SECRET, WRONG_SECRET = clients.new_secret().text, clients.new_secret().text
WITH_SERVICE = {
    **settings.BEARER,
    "CLIENTS": {
        **settings.BEARER["CLIENTS"],
        "service": {"kind": "machine", "secret_digest": clients.Secret(SERVICE_SECRET).digest},
    },
}


def ask_about(history: History, prefix: str, *tokens: str) -> None:
    """A service and anonymous callers introspect tokens with every kind of credentials, and revoke one at the end."""
    history.secrets += [*spellings(SERVICE_SECRET.encode()), *spellings(WRONG_SECRET.encode()), SERVICE_SECRET[8:48]]
    for token, secret in product(tokens, (SERVICE_SECRET, WRONG_SECRET, SERVICE_SECRET[:-1], "")):
        named = {"client_id": "service", "client_secret": secret}
        basic = "Basic " + base64.b64encode(f"service:{secret}".encode()).decode()
        for name in ("introspect", "revoke"):
            history.post(f"{prefix}/{name}/", {"token": token, **named})
            history.post(f"{prefix}/{name}/", {"token": token}, headers={"Authorization": basic})
            history.post(f"{prefix}/{name}/", {"token": token, **named}, headers={"Authorization": basic})
        history.post(f"{prefix}/verify/", {"token": token})
        history.post(f"{prefix}/login/", {"username": TYPED, "password": WRONG, "client_secret": secret})
    history.get(f"{prefix}/sessions/", tokens[0])
    history.post(f"{prefix}/revoke/", {"token": tokens[0]})


def everything(history: History) -> None:
    """Cause every outcome of every endpoint at least once."""
    for prefix in ("/auth", "/drf-auth"):
        history.post(f"{prefix}/login/", {"username": "ann@example.com", "password": WRONG})
        history.post(f"{prefix}/login/", {"username": TYPED, "password": WRONG})
        history.post(f"{prefix}/login/", {"username": TYPED, "password": [WRONG]})
        history.post(f"{prefix}/login/", "{" + WRONG)
        history.post(f"{prefix}/login/", {"username": "ann@example.com", "password": PASSWORD, "scope": "root"})
        one = history.login(prefix)
        other = history.login(prefix)
        first = one["refresh_token"]
        for place in ("/plain/", "/drf/", "/plain-scope/"):
            history.get(place, one["access_token"])
            history.get(place, one["access_token"][:-4] + "AAAA")
            history.get(place, one["access_token"] + "," + one["access_token"])
            history.get(place, first)
        two = history.post(f"{prefix}/refresh/", {"refresh_token": first, "retry_key": RETRY}).json()
        history.post(f"{prefix}/refresh/", {"refresh_token": first, "retry_key": RETRY})
        history.post(f"{prefix}/refresh/", {"refresh_token": first}, headers={"User-Agent": "elsewhere"})
        history.post(f"{prefix}/refresh/", {"refresh_token": two["refresh_token"]})
        history.post(f"{prefix}/refresh/", {"refresh_token": two["refresh_token"], "client_id": "other"})
        history.post(f"{prefix}/refresh/", {"refresh_token": two["refresh_token"][:-1] + "_"})
        history.post(f"{prefix}/refresh/", {"refresh_token": one["access_token"]})
        history.post(f"{prefix}/refresh/", {"refresh_token": [first]})
        forged = dataclasses.replace(read(first).token, secret=b"x" * 32).encode(
            RefreshKeys.from_master(b"an attacker's own key" * 2)
        )
        history.post(f"{prefix}/refresh/", {"refresh_token": forged})
        clock.advance(-60)
        history.post(f"{prefix}/refresh/", {"refresh_token": first})
        clock.advance(60 + 11)
        history.post(f"{prefix}/refresh/", {"refresh_token": first})
        ask_about(history, prefix, other["access_token"], two["refresh_token"])
        history.post(f"{prefix}/logout/", {"refresh_token": two["refresh_token"]})
        history.post(f"{prefix}/logout/", {})
        history.get("/plain/", one["access_token"])
        headers = {"Authorization": f"Bearer {other['access_token']}"}
        history.client.post(
            f"{prefix}/login/", {"username": "ann@example.com", "password": PASSWORD}, "application/json"
        )
        history.client.get("/plain/", headers=headers, REMOTE_ADDR="8.8.8.8")
        headers = {"Authorization": f"Bearer {history.login(prefix)['access_token']}"}
        history.post(f"{prefix}/logout-everywhere/", {}, headers=headers)
        history.post(f"{prefix}/logout-everywhere/", {}, headers=headers)
    third = history.login()
    django_bearer.revoke_key(signing_keys.active(ISSUER)[0])
    history.get("/plain/", third["access_token"])
    clock.advance(10**7)
    history.post("/auth/refresh/", {"refresh_token": third["refresh_token"]})
    for _ in range(12):
        history.post("/auth/login/", {"username": TYPED, "password": WRONG})


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Every logger at DEBUG, each record as formatted and as it is inside."""
    written = io.StringIO()

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.write(self.format(record) + repr(vars(record)) + "\n")

    handler, root = Everything(), logging.getLogger()
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    before = [(logger, logger.level, logger.disabled) for logger in [root, *loggers]]
    for logger, _, _ in before:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
        if logger is root or not logger.propagate:
            logger.addHandler(handler)
    try:
        yield written
    finally:
        for logger, level, disabled in before:
            logger.setLevel(level)
            logger.disabled = disabled
            logger.removeHandler(handler)


@pytest.fixture
def lived(ann: Any) -> tuple[History, str, list[events.SecurityEvent]]:
    events_of: list[events.SecurityEvent] = []

    def hear(event: events.SecurityEvent, **_: Any) -> None:
        events_of.append(event)

    events.security_event.connect(hear)
    history = History(Client())
    connection.force_debug_cursor = True
    try:
        with listening() as written, override_settings(BEARER=WITH_SERVICE):
            everything(history)
    finally:
        connection.force_debug_cursor = False
        events.security_event.disconnect(hear)
    history.secrets += [n for key in conf.current().key_encryption_keys for n in spellings(key)]
    for row in SigningKey.objects.all():
        plain = decrypt(bytes(row.encrypted_private_key), key_rows._about(row), conf.current().key_encryption_keys)
        history.secrets += spellings(plain)
    return history, written.getvalue(), events_of


def test_a_session_in_which_everything_happens_leaves_no_secret_in_log_or_event(
    lived: tuple[History, str, list[events.SecurityEvent]],
) -> None:
    history, written, events_of = lived
    # The scenario is worth its name only if all of this really happened.
    happened = {event.kind.value for event in events_of}
    assert {
        *("authn_login_success", "authn_login_fail", "authn_login_rate_limited", "authn_token_refreshed"),
        *("authn_token_reuse", "authn_token_unknown", "authn_refresh_concurrent", "authn_refresh_refused"),
        *("authn_session_revoked", "authn_logout_everywhere", "sys_key_created", "sys_key_changed"),
        *("sensitive_plain_http", "authn_token_revoked", "authn_client_fail", "authn_token_introspected"),
    } <= happened
    assert {"invalid_request", "invalid_credentials", "session_ended", "retry", "throttled"} <= set(history.codes)
    assert "refused with session_ended" in written
    assert "SELECT" in written
    assert_clean("the logs", written, history.secrets)
    assert_clean("events", repr(events_of), history.secrets)


def test_what_is_typed_as_a_name_is_in_no_log_of_ours(caplog: pytest.LogCaptureFixture, db: Any) -> None:
    """People type passwords there."""
    with caplog.at_level(logging.DEBUG):
        Client().post("/auth/login/", {"username": TYPED, "password": WRONG}, "application/json", secure=True)
    ours = [record for record in caplog.records if record.name.startswith("django_bearer")]
    assert ours
    assert not [record for record in ours if TYPED in repr(vars(record))]


def hostile(secret: str) -> Iterator[Callable[[], Any]]:
    """Ways to make our code raise with a secret in hand."""
    jws = ".".join(signed.base64url_encode(part.encode()) for part in (f'{{"alg":"{secret}"}}', secret, secret))
    yield lambda: django_bearer.authenticate_token(secret)
    yield lambda: django_bearer.authenticate_token(jws)
    yield lambda: django_bearer.refresh_session(secret)
    yield lambda: django_bearer.refresh_session("djb_rt_" + secret)
    yield lambda: read(secret)
    yield lambda: signed.take_apart(secret)
    yield lambda: signed.verify(jws, lambda header: None)
    yield lambda: refresh_token.base64url_decode(secret + "=")
    yield lambda: Key.from_jwk({"kty": "oct", "alg": "HS256", "k": secret[:8]})
    yield lambda: Key.from_jwk({"kty": "oct", "alg": secret, "k": secret})
    yield lambda: Key.from_der("ES256", secret.encode())
    yield lambda: decrypt(secret.encode(), secret.encode(), [b"k" * 32])
    yield lambda: decrypt(b"\x01" + secret.encode(), secret.encode(), [b"k" * 32])


@pytest.mark.parametrize("number", range(13))
def test_exceptions_say_what_is_wrong_and_not_with_what(number: int, db: Any) -> None:
    secret = "Th1sIsASecretOfOurs" * 3
    act = list(hostile(secret))[number]
    with pytest.raises(errors.BearerError) as caught:
        act()
    chain: list[BaseException | None] = [caught.value, caught.value.__cause__, caught.value.__context__]
    said = "".join(repr(error.args) + str(error) + repr(error) for error in chain if error is not None)
    assert_clean("an exception", said, [secret[:8], refresh_token.base64url_encode(secret.encode())[:20]])


def test_a_refusal_as_a_value_does_not_repeat_the_token(ann: Any) -> None:
    issued = django_bearer.issue_session(ann)
    access, refreshing = issued.access_token, str(issued.refresh_token)
    for text in (access[:-4] + "AAAA", refreshing, access + ".", access * 9):
        assert_clean("Failure", repr(authentication.verify_token(text)), [text, *needles(access, refreshing)])


# The debug page


class Boom(Exception):
    """Raised from deep inside."""


def boom(*args: Any, **kwargs: Any) -> Any:
    raise Boom("deep inside")


DEEP = {
    "login": [
        "django_bearer.rate_limits.limiter.measure",
        "django.contrib.auth.backends.ModelBackend.user_can_authenticate",
        "django.contrib.auth.hashers.MD5PasswordHasher.verify",
        "django_bearer.sessions.token_response.issue_access_token",
        "django_bearer.sessions.access_tokens.sign",
        "django_bearer.tokens.refresh_token._mac",
        "django_bearer.endpoints.login.tokens_answer",
        "django_bearer.keys.algorithms.Algorithm.sign",
    ],
    "refresh": [
        "django_bearer.sessions.rotation.decide",
        "django_bearer.sessions.issued_refresh_tokens.read",
        "django_bearer.database.session_read.read",
        "django_bearer.sessions.token_response.issue_access_token",
        "django_bearer.sessions.rotation.rotate_row",
        "django_bearer.tokens.refresh_token._mac",
        "django_bearer.tokens.refresh_token.body_of",
        "django_bearer.endpoints.refresh.tokens_answer",
    ],
    "call": [
        "django_bearer.sessions.verification.verify",
        "django_bearer.sessions.verification.parse",
        "django_bearer.database.session_read.read_validity",
        "django_bearer.tokens.jws._header",
        "django_bearer.tokens.jws._same_type",
        "django_bearer.keys.algorithms.Algorithm.verify",
        "django_bearer.http.authentication.of_usual_form",
    ],
    "logout": [
        "django_bearer.sessions.revocation.end_session",
        "django_bearer.sessions.issued_refresh_tokens.read",
        "django_bearer.database.session_read.read_validity",
    ],
}


@contextmanager
def broken(target: str) -> Iterator[None]:
    """The function of that dotted name raises `Boom`."""
    path, name = target.rsplit(".", 1)
    try:
        owner: Any = importlib.import_module(path)
    except ModuleNotFoundError:
        module, owned = path.rsplit(".", 1)
        owner = getattr(importlib.import_module(module), owned)
    patch = pytest.MonkeyPatch()
    patch.setattr(owner, name, boom)
    try:
        yield
    finally:
        patch.undo()


def as_seen(page: str) -> str:
    """The page as a reader would copy from it: entities resolved, wrapped byte strings joined."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    return re.sub(r"['\"]\s+b?['\"]", "", text) + re.sub(r"\s+", "", text)


class Crash:
    """The debug page and the report by mail of one crash, with the traceback as an error tracker would read it."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def __call__(self, request: Any = None, **_: Any) -> None:
        kind, error, trace = sys.exc_info()
        reporter = ExceptionReporter(request, kind, error, trace)
        self.pages += [as_seen(reporter.get_traceback_html()), as_seen(reporter.get_traceback_text())]
        assert error is not None
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.pages.append(as_seen("".join(told.format())))


def act(case: str, prefix: str, issued: IssuedTokens) -> Any:
    """The answer to one request of that kind."""
    client = Client(raise_request_exception=False)
    access, refreshing = issued.access_token, str(issued.refresh_token)
    if case == "call":
        place = "/plain/" if prefix == "/auth" else "/drf/"
        return client.get(place, secure=True, headers={"Authorization": f"Bearer {access}"})
    body = {
        "login": {"username": "ann@example.com", "password": PASSWORD},
        "refresh": {"refresh_token": refreshing, "retry_key": RETRY},
        "logout": {"refresh_token": refreshing},
    }[case]
    headers = {"Authorization": f"Bearer {access}"} if case == "logout" else {}
    return client.post(f"{prefix}/{case}/", body, "application/json", secure=True, headers=headers)


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "production"])
@pytest.mark.parametrize("prefix", ["/auth", "/drf-auth"], ids=["plain", "drf"])
@pytest.mark.parametrize(("case", "target"), [(case, target) for case, at in DEEP.items() for target in at])
def test_a_crash_deep_inside_shows_no_secret(case: str, target: str, prefix: str, debug: bool, ann: Any) -> None:
    issued = django_bearer.issue_session(ann)
    secrets = needles(PASSWORD, RETRY, issued.access_token, str(issued.refresh_token))
    crash = Crash()
    got_request_exception.connect(crash)
    try:
        with override_settings(DEBUG=debug), broken(target):
            answer = act(case, prefix, issued)
    finally:
        got_request_exception.disconnect(crash)
    assert answer.status_code == 500
    pages = [as_seen(answer.content.decode()), *crash.pages]
    assert all("Boom" in page for page in pages[0 if debug else 1 :])
    for page in pages:
        assert_clean("the page", page, secrets)


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "production"])
def test_a_key_that_cannot_be_opened_shows_no_key(debug: bool, ann: Any) -> None:
    """The public key set is asked by anyone, so its answer, and a crash page while DEBUG is on, is for anyone."""
    django_bearer.issue_session(ann)
    master = [
        decrypt(bytes(r.encrypted_private_key), key_rows._about(r), conf.current().key_encryption_keys)
        for r in SigningKey.objects.all()
    ]
    secrets = [n for key in [*master, *conf.current().key_encryption_keys] for n in spellings(key)]
    SigningKey.objects.filter(use="sig").update(encrypted_private_key=b"\x01" + b"x" * 80)
    signing_keys.clear_cache()
    crash = Crash()
    got_request_exception.connect(crash)
    try:
        with override_settings(DEBUG=debug):
            answer = Client(raise_request_exception=False).get("/.well-known/jwks.json", secure=True)
    finally:
        got_request_exception.disconnect(crash)
    assert answer.status_code == 503
    for page in [as_seen(answer.content.decode()), *crash.pages]:
        assert_clean("the page", page, secrets)


def test_a_fault_in_the_settings_shows_neither_secret_key_nor_key_encryption_keys(settings: Any) -> None:
    kek = refresh_token.base64url_encode(b"kek!" * 8)
    settings.BEARER = {**settings.BEARER, "KEY_ENCRYPTION_KEYS": [kek], "NO_SUCH": 1}
    settings.DEBUG = True
    crash = Crash()
    got_request_exception.connect(crash)
    try:
        answer = Client(raise_request_exception=False).get("/.well-known/jwks.json", secure=True)
    finally:
        got_request_exception.disconnect(crash)
    assert answer.status_code == 500
    for page in [as_seen(answer.content.decode()), *crash.pages]:
        assert "NO_SUCH" in page
        assert_clean("the page", page, [settings.SECRET_KEY, kek, *spellings(b"kek!" * 8)])


def test_a_redacted_exception_keeps_its_traceback_and_type() -> None:
    @redact_locals
    def outer(secret: str) -> None:
        inner(secret)

    def inner(secret: str) -> None:
        try:
            raise KeyError(1)
        except KeyError as error:
            raise Boom("text") from error

    with pytest.raises(Boom, match="text") as caught:
        outer("hidden")
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-2:] == ["outer", "inner"]
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "hidden" not in "".join(told.format()).replace('outer("hidden")', "")
