"""Clients: their rules as pure functions, and what may stand in `CLIENTS` (OB-05, OB-08, OB-09, OB-16, AT-05)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import conf
from django_bearer.conf import client_readers, clients
from django_bearer.conf.clients import Client, ClientKind
from django_bearer.errors import (
    ConfigurationError,
    Failure,
    InvalidClient,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnknownClient,
)
from django_bearer.tokens.refresh_token import TokenDelivery

SECRET = clients.new_secret()
APP = Client("app", frozenset({ClientKind.NATIVE}), frozenset("abc"), 300, 3600, 7200)
SCOPES = st.frozensets(st.sampled_from("abcdef"))
AUDIENCES = st.lists(st.sampled_from(["own", "one", "two", "three"]), unique=True).map(tuple)


def with_clients(**named: Any) -> Any:
    return override_settings(BEARER={**settings.BEARER, "CLIENTS": named})


def read(**named: Any) -> Client:
    with with_clients(app=named):
        return conf.current().clients["app"]


def faults(members: Any, name: Any = "app") -> str:
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": {name: members}}):
        return "\n".join(conf.faults())


@given(SCOPES, SCOPES, SCOPES, SCOPES)
def test_scope_is_client_and_policy_and_request_and_session(
    has: frozenset[str], policy: frozenset[str], asked: frozenset[str], had: frozenset[str]
) -> None:
    client = replace(APP, scopes=has)
    assert clients.scope(client, policy, None, had) == has & policy & had
    found = clients.scope(client, policy, asked, had)
    if asked <= has & policy & had:
        assert found == asked
    else:
        assert isinstance(found, Failure)
        assert found.error is InvalidScope


@given(AUDIENCES, AUDIENCES.filter(bool), AUDIENCES)
def test_audiences_narrow_and_never_widen(has: tuple[str, ...], had: tuple[str, ...], asked: tuple[str, ...]) -> None:
    client = replace(APP, audiences=has)
    most = {name for name in had if name in (has or ("own",))}
    found = clients.audiences(client, "own", asked, had)
    if asked and set(asked) <= most:
        assert found == asked
    else:
        assert isinstance(found, Failure)
        assert found.error is InvalidTarget


def test_the_usual_audience_is_the_servers_own_or_the_clients_first() -> None:
    assert clients.audiences(APP, "own", None) == ("own",)
    assert clients.audiences(replace(APP, audiences=("one", "two")), "own", None) == ("one", "two")
    assert clients.audiences(replace(APP, audiences=("one", "two")), "own", ("two",)) == ("two",)


def test_an_audience_the_settings_took_away_is_gone_from_the_session() -> None:
    assert clients.audiences(replace(APP, audiences=("two",)), "own", None, ("one", "two")) == ("two",)
    assert isinstance(clients.audiences(replace(APP, audiences=("three",)), "own", None, ("one",)), Failure)


def test_audiences_of_a_handed_over_session() -> None:
    both, none = replace(APP, audiences=("one", "two")), frozenset[str]()
    missing = clients.left_out(both, "own", ["one"])
    assert missing == {"two"}
    assert clients.handed_over_audiences(both, APP.id, "own", ["one"], missing) == ("one",)
    assert clients.handed_over_audiences(both, "another", "own", ["three"], none) == ("one", "two")
    assert clients.handed_over_audiences(both, "another", "own", ["one"], missing) == ("one",)
    assert clients.left_out(APP, "own", []) == none
    assert clients.handed_over_audiences(APP, "another", "own", ["one"], none) == ("own",)
    assert clients.left_out(both, "own", []) == {"one", "two"}  # its client got audiences after the login


def test_who_is_who() -> None:
    known = {"app": APP, "service": replace(APP, id="service", secret_digests=digests(SECRET))}
    assert clients.identify(known, "app", "") is APP
    assert clients.identify(known, "service", SECRET.text) is known["service"]
    errors = {
        ("nobody", ""): UnknownClient,
        ("nobody", SECRET.text): InvalidClient,
        ("app", SECRET.text): InvalidClient,
        ("service", ""): InvalidClient,
        ("service", SECRET.text[:-1]): InvalidClient,
        ("service", clients.new_secret().text): InvalidClient,
        ("service", "é" * 56): InvalidClient,
    }
    for (name, secret), error in errors.items():
        found = clients.identify(known, name, secret)
        assert isinstance(found, Failure)
        assert found.error is error


def digests(*secrets: clients.Secret) -> tuple[bytes, ...]:
    return read(kind="machine", secret_digest=[secret.digest for secret in secrets]).secret_digests


def test_two_secrets_are_valid_while_one_replaces_the_other() -> None:
    old, new = clients.new_secret(), clients.new_secret()
    client = replace(APP, secret_digests=digests(new, old))
    assert client.has_secret(old.text)
    assert client.has_secret(new.text)
    assert not replace(client, secret_digests=digests(new)).has_secret(old.text)


def test_a_weak_secret_does_not_fit_even_with_its_digest_in_the_settings() -> None:
    weak = replace(APP, secret_digests=(hashlib.sha256(b"password").digest(), hashlib.sha256(b"").digest()))
    assert not weak.has_secret("password")
    assert not weak.has_secret("")


def test_a_secret_is_shown_by_nothing_that_is_printed() -> None:
    assert SECRET.text not in repr(SECRET)
    assert "secret" not in repr(replace(APP, secret_digests=digests(SECRET)))


def test_channel_and_kind_belong_together() -> None:
    assert clients.allowed(APP, TokenDelivery.BODY) is None
    refused = clients.allowed(APP, TokenDelivery.COOKIE)
    assert refused is not None
    assert refused.error is UnauthorizedClient


def test_without_clients_there_is_the_first_party_one() -> None:
    bearer = {name: value for name, value in settings.BEARER.items() if name != "CLIENTS"}
    with override_settings(BEARER={**bearer, "SESSION_LIFETIME": 9999, "SESSION_IDLE_LIFETIME": 99}):
        assert set(conf.current().clients) == {"first-party"}
        found = conf.current().clients["first-party"]
    assert found.kinds == {ClientKind.BROWSER, ClientKind.NATIVE}
    assert found.scopes == {"notes:read", "notes:write"}
    assert (found.access_token_lifetime, found.session_idle_lifetime, found.session_lifetime) == (300, 99, 9999)
    assert not found.confidential


def test_a_clients_own_settings_stand_before_those_for_all() -> None:
    found = read(kind="native", scopes=[], access_token_lifetime=60, session_lifetime=600, session_limit=3)
    assert (found.scopes, found.access_token_lifetime, found.session_limit) == (frozenset(), 60, 3)
    assert (found.session_idle_lifetime, found.session_lifetime) == (600, 600)


@pytest.mark.parametrize(
    ("members", "word"),
    [
        (None, "mapping"),
        ({}, "kind"),
        ({"kind": []}, "kind"),
        ({"kind": "phone"}, "kind"),
        ({"kind": {"native": 1}}, "kind"),
        ({"kind": "native", "scope": []}, "no such key"),
        ({"kind": "native", "scopes": ["admin"]}, "SCOPES"),
        ({"kind": "native", "scopes": "notes:read"}, "list"),
        ({"kind": "native", "audiences": []}, "audiences"),
        ({"kind": "native", "audiences": ["a b"]}, "audiences"),
        ({"kind": "native", "audiences": "https://a.example"}, "list"),
        ({"kind": "native", "access_token_lifetime": 86_400}, "3600"),
        ({"kind": "native", "session_idle_lifetime": 900, "session_lifetime": 600}, "shorten"),
        ({"kind": "native", "session_limit": 0}, "session_limit"),
        ({"kind": "native", "session_limit": True}, "session_limit"),
        ({"kind": "native", "origins": ["https://a.example"]}, "browser"),
        ({"kind": "browser", "origins": ["https://a.example/"]}, "origins"),
        ({"kind": "browser", "origins": ["http://a.example"]}, "origins"),
        ({"kind": "browser", "origins": ["https://*.example"]}, "origins"),
        ({"kind": "browser", "origins": ["null"]}, "origins"),
        ({"kind": "browser", "origins": ["https://a.example:443"]}, "origins"),
        ({"kind": "browser", "origins": ["https://a.example:"]}, "origins"),
        ({"kind": "browser", "origins": ["https://u@a.example"]}, "origins"),
        ({"kind": "browser", "origins": ["https://A.example"]}, "origins"),
        ({"kind": "browser", "origins": ["https://["]}, "origins"),
        ({"kind": "browser", "origins": ["https://a.example:99999"]}, "origins"),
        ({"kind": "browser", "origins": ["https://é.example"]}, "origins"),
        ({"kind": "machine"}, "bearer_client_secret"),
        ({"kind": "legacy-browser", "origins": ["https://a.example.com"]}, "until, a date"),
        ({"kind": "native", "until": "2030-01-01"}, "days away"),
        ({"kind": "browser", "until": "2020-01-01"}, "until, a date"),
        ({"kind": "legacy-browser", "until": "2020-01-01"}, "names the origins"),
        (
            {"kind": ["legacy-browser", "native"], "until": "2020-01-01", "origins": ["https://a.example.com"]},
            "nothing else",
        ),
        ({"kind": "legacy-browser", "until": "soon", "origins": ["https://a.example.com"]}, "a date, such as"),
        ({"kind": "legacy-browser", "until": 5, "origins": ["https://a.example.com"]}, "a date, such as"),
        ({"kind": ["machine", "native"], "secret_digest": SECRET.digest}, "client of its own"),
        ({"kind": "browser", "secret_digest": SECRET.digest}, "keeps no secret"),
        ({"kind": "machine", "secret_digest": SECRET.text}, "sha256:"),
        ({"kind": "machine", "secret_digest": "password"}, "sha256:"),
        ({"kind": "machine", "secret_digest": hashlib.sha256(b"x").hexdigest()}, "sha256:"),
        ({"kind": "machine", "secret_digest": SECRET.digest.removeprefix("sha256:")}, "sha256:"),
        ({"kind": "machine", "secret_digest": [1]}, "list of str"),
    ],
)
def test_what_may_not_stand_in_the_settings(members: Any, word: str) -> None:
    found = faults(members)
    assert found.startswith('BEARER["CLIENTS"]: app: ')
    assert word in found
    assert SECRET.text not in found


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
ORIGINS = st.builds("{}://{}".format, st.sampled_from(["http", "https", "x"]), st.text("[]a.0:@*-é", max_size=9))


def reading(value: Any) -> Any:
    """What comes of it: clients, or the words of the refusal. Nothing else may be raised."""
    try:
        return client_readers.read(value)
    except ConfigurationError as error:
        return str(error)


@given(st.dictionaries(st.sampled_from(list(client_readers.KEYS)), ANYTHING | st.lists(ORIGINS)))
def test_whatever_is_written_is_read_or_refused_with_words(members: dict[str, Any]) -> None:
    found = reading({"app": {"kind": "browser", **members}})
    assert found
    assert isinstance(found, str) or set(found) == {"app"}


@given(ANYTHING)
def test_whatever_stands_for_the_clients_is_read_or_refused_with_words(value: Any) -> None:
    found = reading(value)
    assert found
    assert isinstance(found, str) or value is None


@pytest.mark.parametrize("name", ["", "a b", "-a", "a:b", "a" * 101, "é", 1, "a\n"])
def test_a_client_id_means_itself_everywhere(name: Any) -> None:
    assert "client id" in faults({"kind": "native"}, name)


def test_origins_of_a_browser_client() -> None:
    origins = ["https://app.example.com", "https://app.example.com:8443", "https://example.com"]
    assert read(kind="browser", origins=origins).origins == tuple(origins)


def test_every_client_fits_what_hangs_on_its_name() -> None:
    with pytest.raises(ConfigurationError), override_settings(BEARER={**settings.BEARER, "CLIENTS": {}}):
        conf.current()
