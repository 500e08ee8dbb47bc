"""Whatever is sent, the answer is a clear one: never 500, one shape of error, a challenge on every 401."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import django_bearer
from django_bearer.database import signing_keys
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.sessions.token_response import IssuedTokens
from tests.conftest import PASSWORD

ISSUER = "https://api.example.com"
NAMED = ("login", "refresh", "logout", "verify", "revoke", "introspect")
ENDPOINTS = [f"{prefix}/{endpoint}/" for prefix in ("/auth", "/drf-auth") for endpoint in NAMED]
HEADER_ENDPOINTS = ["/auth/logout-everywhere/", "/drf-auth/logout-everywhere/"]
PROTECTED = ["/plain/", "/drf/", "/plain-scope/", "/drf-scope/"]
NAMES = ["username", "password", "refresh_token", "retry_key", "scope", "client_id", "access_token"]
NAMES += ["token", "token_type_hint", "client_secret", "resource"]
fuzzed = settings(
    max_examples=int(os.environ.get("TRIALS", "8")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def generous(settings: Any) -> None:
    """A full bucket would hide what lies behind it."""
    settings.BEARER = {
        **settings.BEARER,
        "LOGIN_RATE_LIMITS": dict.fromkeys(("address", "address_account", "account"), "100000/minute"),
        "TOKEN_RATE_LIMITS": dict.fromkeys(("verify", "revoke", "introspect"), "100000/minute"),
        "REFRESH_RATE_LIMITS": {"address": "100000/minute", "session": "100000/minute"},
    }


@pytest.fixture
def issued(ann: Any) -> IssuedTokens:
    return django_bearer.issue_session(ann)


def assert_clear(answer: Any, path: str = "") -> None:
    """A refusal in our one shape, never to be stored, with a challenge where one belongs."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300])
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith(("Bearer ", "Basic "))
    if path in ("/drf/", "/drf-scope/") and set(answer.json()) == {"detail"}:
        return  # a view of the project's own, and no token: REST framework's own refusal
    assert answer.headers["Content-Type"] == "application/json", answer.headers
    body = answer.json()
    extra = set(body) - {"error", "error_description", "code"}
    assert {"error", "error_description", "code"} <= set(body), body
    assert extra <= ({"fields"} if path.startswith("/drf-auth") else set()), body
    assert all(isinstance(body[name], str) and body[name] for name in ("error", "error_description", "code"))
    if path.startswith(("/auth", "/drf-auth")):
        assert answer.headers["Cache-Control"] == "no-store", answer.headers
    if answer.status_code == 405:
        assert "POST" in answer.headers["Allow"]


def send(path: str, body: bytes = b"", kind: str = "application/json", method: str = "POST", **meta: Any) -> Any:
    return Client().generic(method, path, body, kind, secure=True, **meta)


surrogates = st.sampled_from(["\ud800", "a\udfff", "\ud83d"])
texts = st.one_of(st.text(max_size=30), surrogates, st.sampled_from(["\x00", "é", "a" * 5000, "", "ann@example.com"]))
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400))
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
objects = st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=6)
odd_bodies = st.sampled_from(
    [
        *(
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"1",
            b"{",
            b"{}",
            b"\x00",
            b"\xff\xfe{}",
            b"\xef\xbb\xbf{}",
            b"{}{}",
            b"{}\n",
        ),
        b'{"username":"a","username":"b","password":"c"}',
        b'{"username":NaN}',
        b'{"password":Infinity,"username":-Infinity}',
        b'{"username":1e999,"password":1}',
        b'{"username":"\\ud800","password":"\\udfff"}',
        b'{"username":"\\u0000","password":"\\u0000"}',
        b'{"username":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"username":"' + b"x" * 20_000 + b'"}',
        '{"username":"a","password":"b"}'.encode("utf-16"),
        b'{"__proto__":{},"password":{"$ne":null},"username":["ann@example.com"]}',
    ]
)
bodies = st.one_of(
    st.binary(max_size=200),
    odd_bodies,
    objects.map(lambda found: json.dumps(found).encode()),
    objects.map(lambda found: json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)
kinds = st.sampled_from(
    [
        *["application/json"] * 8,
        *("application/json; charset=utf-16", "APPLICATION/JSON", "application/json;", "text/plain", ""),
        *("application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x"),
        *("application/json\x00", "é/é", "application/vnd.api+json", "*/*", "a" * 3000),
    ]
)
headers = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60).map("Bearer ".__add__),
    st.sampled_from(
        [
            *("Bearer", "Bearer ", "bearer  x", "Bearer a.b.c", "Bearer ..", "Bearer =", "Bearer " + "a" * 9000),
            *("Bearer eyJhbGciOiJub25lIn0..", "Bearer " + "a." * 4000, "Bearer djb_rt_" + "A" * 134, ",", '"'),
            "Bearer " + base64url_encode(b"[" * 3000) + ".e30.e30",
            "Bearer " + base64url_encode(b'{"alg":"ES256","kid":"\\ud800","typ":"at+jwt"}') + ".e30.e30",
            "Bearer " + base64url_encode(b'{"alg":"ES256","kid":"' + b"a" * 43 + b'","typ":"at+jwt"}') + ".e30.e30",
            "Bearer " + base64url_encode(b'{"alg":1e999,"kid":NaN}') + ".e30.e30",
            "Bearer " + base64url_encode(b'{"alg":' + b"9" * 5000 + b"}") + ".e30.e30",
        ]
    ),
)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("path", ENDPOINTS)
@fuzzed
@given(body=bodies, kind=kinds)
def test_bodies_and_content_types(path: str, body: bytes, kind: str) -> None:
    answer = send(path, body, kind)
    if (path.rsplit("/", 2)[1], answer.status_code) in (("logout", 204), ("revoke", 200)):
        return  # a text that is no token of ours is as dead as its sender wants it (RFC 7009 section 2.2)
    assert_clear(answer, path)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("path", [*PROTECTED, *ENDPOINTS, *HEADER_ENDPOINTS])
@fuzzed
@given(header=headers)
def test_authorization_headers(path: str, header: str) -> None:
    answer = send(path, b"{}", method="POST" if "auth" in path else "GET", HTTP_AUTHORIZATION=header)
    assert_clear(answer, path)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("header", ["", "Bearer x"])
@pytest.mark.parametrize("path", [*ENDPOINTS, *HEADER_ENDPOINTS])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "\x00"])
def test_methods(path: str, method: str, header: str) -> None:
    answer = send(path, b"{}", method=method, HTTP_AUTHORIZATION=header)
    if method == "HEAD":
        assert answer.status_code == 405
        return
    assert_clear(answer, path)
    assert answer.status_code in (401, 405)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("path", [*ENDPOINTS, *HEADER_ENDPOINTS])
@pytest.mark.parametrize("accept", ["text/html", "image/png", "*/*;q=0", "é", "application/json;version=9", ""])
def test_no_accept_header_changes_the_shape_of_an_error(path: str, accept: str) -> None:
    assert_clear(send(path, b"{}", HTTP_ACCEPT=accept), path)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "9" * 30, "9" * 5000, "２", "16385", "0x10", " 2"])
def test_declared_lengths(path: str, length: str) -> None:
    assert_clear(send(path, b"{}", CONTENT_LENGTH=length), path)


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "9" * 5000])
def test_declared_lengths_of_a_form_beside_a_token(length: str, issued: IssuedTokens) -> None:
    answer = send(
        "/plain/",
        b"a=1",
        "application/x-www-form-urlencoded",
        CONTENT_LENGTH=length,
        HTTP_AUTHORIZATION=f"Bearer {issued.access_token}",
    )
    assert answer.status_code == 200


meta = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_ORIGIN": st.sampled_from(["null", "https://evil.example", "é", ""]),
        "HTTP_USER_AGENT": st.text(st.characters(max_codepoint=255), max_size=40),
        "HTTP_X_FORWARDED_FOR": st.sampled_from(["x", ",,,", "[::1", "1.2.3.4:99999", "é", "::ffff:1.2.3.4%eth0"]),
        "REMOTE_ADDR": st.sampled_from(["", "unix:", "@", "999.1.1.1", "::1", "fe80::1%eth0"]),
        "QUERY_STRING": st.sampled_from(["%", "%ff", "access_token=%00", "&" * 900, "a=" + "b" * 2000, "é"]),
        "HTTP_X_REQUEST_ID": st.just("x" * 500),
        "HTTP_COOKIE": st.sampled_from(["sessionid=x", "sessionid=" + "x" * 4000, "=;;=", "a"]),
    },
)


@pytest.mark.parametrize("path", [*ENDPOINTS, *HEADER_ENDPOINTS, *PROTECTED])
@fuzzed
@given(meta=meta, secure=st.booleans())
def test_everything_else_about_a_request(path: str, meta: Any, secure: bool, issued: IssuedTokens) -> None:
    meta = {"REMOTE_ADDR": "8.8.8.8", **meta}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {issued.access_token[:-4]}AAAA"}
    answer = Client().generic("POST", path, b"{}", "application/json", secure=secure, **headers, **meta)
    assert_clear(answer, path)


@pytest.mark.usefixtures("ann")
@fuzzed
@given(data=st.binary(max_size=60))
def test_refresh_tokens_of_the_right_form_and_no_origin(data: bytes) -> None:
    from django_bearer.tokens.opaque_format import assemble

    text = assemble("rt", base64url_encode((b"\x01" + data).ljust(96, b"\x00")[:96]))
    for path in ("/auth/refresh/", "/drf-auth/refresh/"):
        assert_clear(send(path, json.dumps({"refresh_token": text}).encode()), path)
    assert send("/auth/logout/", json.dumps({"refresh_token": text}).encode()).status_code == 204


# Tokens under our own signature, with claims nobody would write.

CLAIMS = [
    *("iss", "aud", "exp", "nbf", "iat", "jti", "sub", "sid", "client_id", "scope", "auth_time", "amr", "acr"),
    *("epochs", "cnf", "act", "own", ""),
]
TELLING = {"iss", "aud", "sub", "sid", "client_id", "epochs", "cnf"}
"""Claims whose every other value makes it another's token, or a bound one."""


def claims_of(token: str) -> dict[str, Any]:
    import base64

    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def signed_by_us(payload: bytes, **header: Any) -> str:
    key = signing_keys.ring(ISSUER).signer()
    head = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **header}).encode()
    message = f"{base64url_encode(head)}.{base64url_encode(payload)}"
    return f"{message}.{base64url_encode(key.algorithm.sign(message.encode(), key.private))}"


def call(token: str, path: str = "/plain/") -> Any:
    return Client().get(path, secure=True, headers={"Authorization": f"Bearer {token}"})


def test_the_claims_used_here_are_good_as_they_are(issued: IssuedTokens) -> None:
    payload = json.dumps(claims_of(issued.access_token)).encode()
    for path in PROTECTED:
        assert call(signed_by_us(payload), path).status_code == 200


@fuzzed
@given(name=st.sampled_from(CLAIMS), value=values)
def test_hostile_claims_under_our_signature(name: str, value: Any, issued: IssuedTokens) -> None:
    good = claims_of(issued.access_token)
    token = signed_by_us(json.dumps({**good, name: value}).encode())
    for path in PROTECTED:
        answer = call(token, path)
        if answer.status_code == 200:
            same = name in good and (value == good[name] or value == [good[name]]) and type(value) is not bool
            assert name not in TELLING or same, (name, value)
        else:
            assert_clear(answer, path)
            assert answer.status_code in (401, 403) or len(token) > 8000


@pytest.mark.parametrize("name", ["jti", "sub", "client_id", "scope", "iss", "aud", "acr", "own"])
@pytest.mark.parametrize("text", ["\ud800", "x\udfff", "\x00", "a" * 600, "\U0001f600", "a\nb: c"])
def test_strange_texts_in_claims(name: str, text: str, issued: IssuedTokens) -> None:
    token = signed_by_us(json.dumps({**claims_of(issued.access_token), name: text}).encode())
    for path in PROTECTED:
        answer = call(token, path)
        assert answer.status_code == 200 or assert_clear(answer, path) is None
    django_bearer.revoke_token(token)
    django_bearer.is_token_revoked(token)


@pytest.mark.parametrize(
    "name", ["iss", "aud", "exp", "iat", "jti", "sub", "sid", "client_id", "auth_time", "epochs"]
)
def test_missing_claims(name: str, issued: IssuedTokens) -> None:
    """AT-02, JB-20."""
    claims = claims_of(issued.access_token)
    del claims[name]
    for path in PROTECTED:
        assert call(signed_by_us(json.dumps(claims).encode()), path).status_code == 401


@pytest.mark.parametrize("value", ["true", "false", "NaN", "Infinity", "1e999", "-1", '"9999999999"', "null", "[1]"])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
def test_times_that_are_not_timestamps(name: str, value: str, issued: IssuedTokens) -> None:
    """JB-20."""
    claims = claims_of(issued.access_token)
    claims.pop(name, None)
    payload = json.dumps(claims)[:-1] + f', "{name}": {value}}}'
    assert call(signed_by_us(payload.encode())).status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good[:-1] + b', "exp": 9999999999}',
        lambda good: good[:-1] + b', "own": ' + b"[" * 300 + b"]" * 300 + b"}",
        lambda good: good + b" x",
        lambda good: b"[" + good + b"]",
        lambda good: good.decode().encode("utf-16"),
        lambda good: b"\xef\xbb\xbf" + good,
        lambda good: good[:-1] + b', "own": "\xff"}',
        lambda good: b"",
        lambda good: b"1",
        lambda good: b"null",
    ],
)
def test_payloads_that_are_not_strict_json(spoil: Any, issued: IssuedTokens) -> None:
    """JB-09."""
    payload = spoil(json.dumps(claims_of(issued.access_token)).encode())
    for path in PROTECTED:
        answer = call(signed_by_us(payload), path)
        assert_clear(answer, path)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        *({"typ": "JWT"}, {"typ": None}, {"typ": "at+jwt "}, {"typ": 1}, {"kid": ""}, {"kid": None}, {"kid": ["a"]}),
        *({"alg": "none"}, {"alg": "ES256 "}, {"alg": "es256"}, {"alg": "HS256"}, {"alg": None}, {"alg": ["ES256"]}),
        *(
            {"crit": []},
            {"crit": ["exp"]},
            {"b64": True},
            {"jku": "https://a"},
            {"jwk": {}},
            {"x5c": []},
            {"zip": "DEF"},
        ),
        *({"kid": "../../etc/passwd"}, {"kid": "' OR 1=1 --"}, {"kid": "\ud800"}, {"kid": "x" * 5000}, {"zip": 1}),
    ],
)
def test_headers_under_our_signature(header: dict[str, Any], issued: IssuedTokens) -> None:
    """AT-01, JB-01, JB-12, JB-13, JB-15, JB-19."""
    token = signed_by_us(json.dumps(claims_of(issued.access_token)).encode(), **header)
    for path in PROTECTED:
        answer = call(token, path)
        assert_clear(answer, path)
        assert answer.status_code == 401


def test_type_may_be_spelled_in_full_and_in_any_case(issued: IssuedTokens) -> None:
    """AT-01, JB-15."""
    payload = json.dumps(claims_of(issued.access_token)).encode()
    for typ in ("application/at+jwt", "AT+JWT", "Application/At+Jwt"):
        assert call(signed_by_us(payload, typ=typ)).status_code == 200


@pytest.mark.parametrize("prefix", ["/auth", "/drf-auth"])
def test_an_honest_login_still_works(prefix: str, ann: Any) -> None:
    body = json.dumps({"username": "ann@example.com", "password": PASSWORD, "unknown": [1]}).encode()
    assert send(f"{prefix}/login/", body).status_code == 200


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"])
@pytest.mark.parametrize("header", ["", "Bearer x", "é"])
def test_public_documents_answer_whoever_asks(path: str, header: str) -> None:
    assert send(path, method="GET", HTTP_AUTHORIZATION=header).status_code == 200
    assert send(path, b"{}", method="POST", HTTP_AUTHORIZATION=header).status_code in (401, 405)
