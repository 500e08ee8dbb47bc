"""Claims: every one required is there, of its type, and in its time."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import InvalidClaims, MalformedToken
from django_bearer.primitives.clock import SECOND
from django_bearer.tokens.access_claims import LAST_TIMESTAMP, MAX_TEXT, RESERVED, AccessClaims, check, parse

GOOD: dict[str, Any] = {
    "iss": "https://api.example.com",
    "aud": "https://api.example.com/",
    "sub": "1",
    "exp": 2_000,
    "iat": 1_000,
    "jti": "id",
    "sid": "00000000-0000-4000-8000-000000000001",
    "client_id": "app",
    "auth_time": 900,
    "epochs": [0, 3],
}
names = st.text(max_size=20).filter(lambda name: name not in RESERVED)
plain = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
timestamps = st.integers(0, LAST_TIMESTAMP)
claims = st.builds(
    AccessClaims,
    iss=plain,
    aud=plain,
    sub=plain,
    exp=timestamps,
    iat=timestamps,
    jti=plain,
    sid=st.uuids(),
    client_id=plain,
    scope=st.frozensets(st.text("abc:", min_size=1, max_size=5), max_size=3),
    auth_time=timestamps,
    epochs=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    amr=st.lists(plain, max_size=2).map(tuple),
    acr=st.none() | plain,
    cnf=st.none() | st.fixed_dictionaries({"jkt": plain}),
    custom=st.dictionaries(st.text("xyz", min_size=1), st.none() | st.booleans() | plain, max_size=3),
)


def parsed(**members: Any) -> AccessClaims:
    return parse(json.dumps({**GOOD, **members}).encode())


@given(claims)
def test_round_trip(found: AccessClaims) -> None:
    """AT-02, AT-04."""
    payload = found.payload()
    assert isinstance(payload.get("scope", ""), str)
    assert parse(json.dumps(payload).encode()) == found


@pytest.mark.parametrize("name", GOOD)
def test_every_claim_is_required(name: str) -> None:
    """AT-02, JB-20."""
    with pytest.raises(InvalidClaims, match=name):
        parse(json.dumps({k: v for k, v in GOOD.items() if k != name}).encode())


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "sid", "client_id", "acr"])
@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "x" * (MAX_TEXT + 1), ["x"]])
def test_text_claim_of_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidClaims, match=name):
        parsed(**{name: value})


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
@pytest.mark.parametrize("value", [None, True, False, "1", "", [], [1], {}, -1, -0.5, LAST_TIMESTAMP + 1, 10**40])
def test_timestamp_of_another_type_or_range_is_refused(name: str, value: Any) -> None:
    """JB-20."""
    with pytest.raises(InvalidClaims, match=name):
        parsed(**{name: value})


@pytest.mark.parametrize("value", [None, 1, True, {}, [], [1], ["a", "b"], [["a"]], "", [""], [None], "x" * 513])
def test_audience_is_one_text(value: Any) -> None:
    """JB-11, AT-05."""
    with pytest.raises(InvalidClaims, match="aud"):
        parsed(aud=value)


def test_audience_may_be_a_list_of_one() -> None:
    """JB-11."""
    assert parsed(aud=["a"]).aud == "a"


@pytest.mark.parametrize(
    "sid",
    [
        *("x", "00000000-0000-4000-8000-00000000000", "{00000000-0000-4000-8000-000000000001}"),
        *("urn:uuid:00000000-0000-4000-8000-000000000001", "00000000000040008000000000000001"),
        "00000000-0000-4000-8000-00000000000A",
    ],
)
def test_session_id_has_one_spelling(sid: str) -> None:
    with pytest.raises(InvalidClaims, match="sid"):
        parsed(sid=sid)


@pytest.mark.parametrize("value", [None, 0, [], [0], [0, 0, 0], [0, "0"], [0, True], [True, 0], [0.0, 0], {}, "00"])
def test_epochs_are_two_whole_numbers(value: Any) -> None:
    with pytest.raises(InvalidClaims, match="epochs"):
        parsed(epochs=value)


@pytest.mark.parametrize("value", [None, 1, {}, ["a"], True])
def test_scope_is_text(value: Any) -> None:
    """AT-04."""
    with pytest.raises(InvalidClaims, match="scope"):
        parsed(scope=value)


@pytest.mark.parametrize("value", [None, "pwd", [1], {}, [["pwd"]]])
def test_methods_are_a_list_of_texts(value: Any) -> None:
    with pytest.raises(InvalidClaims, match="amr"):
        parsed(amr=value)


@pytest.mark.parametrize(
    "value", [None, "x", [], {}, {"jkt": 1}, {"jkt": ""}, {"jkt": "a", "x5t#S256": "b"}, {"jwk": {}}]
)
def test_confirmation_is_one_method(value: Any) -> None:
    with pytest.raises(InvalidClaims, match="cnf"):
        parsed(cnf=value)


@pytest.mark.parametrize("payload", [b"", b"1", b"null", b"[]", b"hello world", b'{"exp":1,"exp":2}', b"\xff"])
def test_payload_that_is_no_object_is_malformed(payload: bytes) -> None:
    """JB-09."""
    with pytest.raises(MalformedToken):
        parse(payload)


def checked(
    now: int, leeway: int = 0, issuer: str = GOOD["iss"], audience: str = GOOD["aud"], **members: Any
) -> None:
    check(parsed(**members), issuer=issuer, audiences=frozenset({audience}), now=now, leeway=leeway)


def refused(now: int, leeway: int = 0, **members: Any) -> bool:
    try:
        checked(now, leeway, **members)
    except InvalidClaims:
        return True
    return False


def test_expiry_is_exact_to_the_microsecond() -> None:
    """AT-06: now < exp."""
    assert not refused(2_000 * SECOND - 1)
    assert refused(2_000 * SECOND)
    assert not refused(2_010 * SECOND - 1, leeway=10)
    assert refused(2_010 * SECOND, leeway=10)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_token_of_the_future_is_refused(name: str) -> None:
    """One second is the grain of the claim; more only as far as the leeway goes."""
    assert not refused(1_499 * SECOND, **{name: 1_500})
    assert refused(1_499 * SECOND - 1, **{name: 1_500})
    assert not refused(1_490 * SECOND, leeway=10, **{name: 1_500})
    assert refused(1_490 * SECOND - 1, leeway=10, **{name: 1_500})


@pytest.mark.parametrize(
    "other", ["https://api.example.com.evil", "https://api.example.co", "", "HTTPS://API.EXAMPLE.COM"]
)
def test_issuer_and_audience_compare_exactly(other: str) -> None:
    """JB-10, JB-11, AT-06."""
    checked(1_500 * SECOND)
    with pytest.raises(InvalidClaims, match="iss"):
        checked(1_500 * SECOND, issuer=other)
    with pytest.raises(InvalidClaims, match="aud"):
        checked(1_500 * SECOND, audience=other)


def test_token_is_for_one_of_the_audiences_that_are_asked_for() -> None:
    found = parsed()
    check(found, issuer=GOOD["iss"], audiences=frozenset({"other", found.aud}), now=1_500 * SECOND, leeway=0)
    for audiences in (frozenset[str](), frozenset({"other"})):
        with pytest.raises(InvalidClaims, match="aud"):
            check(found, issuer=GOOD["iss"], audiences=audiences, now=1_500 * SECOND, leeway=0)


def test_unknown_claims_are_custom_and_frozen() -> None:
    found = parsed(own=[1], may_act={"sub": "x"})
    assert dict(found.custom) == {"own": [1]}
    with pytest.raises(TypeError):
        found.custom["own"] = 2  # type: ignore[index]


def test_session_id_is_parsed() -> None:
    assert parsed().sid == uuid.UUID(int=0x0000000000004000_8000000000000001)
