"""A body that is taken as it was sent: what the serializer would have returned, and nothing that it refuses."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.integrations.drf import serializers
from django_bearer.integrations.drf.serializers import OURS, LoginSerializer, RefreshSerializer, taken_as_sent

VALUES = (
    None,
    "",
    " ",
    "x",
    "é",
    "x" * 200,
    "x" * 201,
    "x" * 9000,
    "a\x00b",
    "\ud800",
    " padded ",
    "two\nlines",
    0,
    1,
    True,
    1.5,
    [],
    ["x"],
    {},
    {"a": 1},
)
NAMES = sorted({"username", *(name for one in OURS for name in one._declared_fields), "more"})


def by_serializer(serializer: Any, sent: dict[str, Any]) -> dict[str, Any] | None:
    asked = serializer(data=sent)
    return {**sent, **asked.validated_data} if asked.is_valid() else None


@pytest.mark.parametrize("serializer", sorted(OURS, key=str))
@given(sent=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=5)))
def test_what_is_taken_as_sent_is_what_the_serializer_returns(serializer: Any, sent: dict[str, Any]) -> None:
    taken = taken_as_sent(serializer, sent)
    if taken is not None:
        assert dict(taken) == by_serializer(serializer, sent)


@pytest.mark.parametrize("serializer", sorted(OURS, key=str))
def test_each_value_of_each_member(serializer: Any) -> None:
    whole = {field: "x" for field, made in serializer._declared_fields.items() if made.required} | {"username": "ann"}
    for name, value in product(NAMES, VALUES):
        sent = {**whole, name: value}
        taken = taken_as_sent(serializer, sent)
        if taken is not None:
            assert dict(taken) == by_serializer(serializer, sent), (name, value)


def test_what_clients_send_needs_no_serializer() -> None:
    assert taken_as_sent(LoginSerializer, {"username": "änn", "password": " p "}) is not None
    assert taken_as_sent(RefreshSerializer, {"refresh_token": "x", "retry_key": "y"}) is not None


def test_a_serializer_of_the_projects_is_always_asked() -> None:
    own = type("Own", (RefreshSerializer,), {"__module__": serializers.__name__})
    assert taken_as_sent(own, {"refresh_token": "x"}) is None


def test_a_name_field_of_the_projects_is_filled_from_username(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        USERNAME_FIELD = "email"

    monkeypatch.setattr(serializers, "get_user_model", lambda: Model)
    sent = {"username": "ann", "password": "x"}
    assert taken_as_sent(LoginSerializer, sent) == {**sent, "email": "ann"}
    assert taken_as_sent(LoginSerializer, {**sent, "email": ""}) is None
