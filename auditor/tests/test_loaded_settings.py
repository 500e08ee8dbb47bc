"""Loaded settings as facts: what is loaded is what is judged, at the place where the source sets it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from django_bearer_audit.finding import Place
from django_bearer_audit.loaded_settings import merged, over
from django_bearer_audit.project.run import Namespace
from django_bearer_audit.project.values import Absent, Choice, Env, Items, Known, Named, Table, Unknown, Value, show

HEAD, LINE = Place("shop/settings.py"), Place("shop/settings.py", 7, 7)


def test_a_loaded_value_stands_where_the_source_sets_it() -> None:
    assert merged(Env("DEBUG", None, LINE), True, HEAD, "DEBUG") == Known(True, LINE)
    assert merged(None, timedelta(days=3), HEAD, "AGE") == Known(timedelta(days=3), HEAD)


def test_of_two_ways_the_one_taken_is_named() -> None:
    other = Place("shop/settings.py", 9, 9)
    assert merged(Choice((Known(True, LINE), Known(False, other)), LINE), False, HEAD, "DEBUG") == Known(False, other)


def test_entries_keep_their_own_lines() -> None:
    read = Table({"ALGORITHM": Known("HS256", LINE)}, HEAD)
    found = merged(read, {"ALGORITHM": "HS256", "AUDIENCE": None}, HEAD, "SIMPLE_JWT")
    assert found == Table({"ALGORITHM": Known("HS256", LINE), "AUDIENCE": Known(None, HEAD)}, HEAD)


def test_lists_and_classes() -> None:
    assert merged(None, ("a", "b"), HEAD, "APPS") == Items((Known("a", HEAD), Known("b", HEAD)), HEAD)
    assert merged(None, timedelta, HEAD, "KIND") == Named("datetime.timedelta", HEAD)
    assert isinstance(merged(None, object(), HEAD, "ODD"), Unknown)


def test_a_literal_secret_stays_a_literal_and_one_from_elsewhere_is_none() -> None:
    literal = Known("in the source", LINE)
    assert merged(literal, "in the source", HEAD, "SECRET_KEY") == literal
    assert merged(Env("KEY", Known("fallback", LINE), LINE), "real", HEAD, "SECRET_KEY") == Env("KEY", None, LINE)
    assert isinstance(merged(None, "real", HEAD, "SIGNING_KEY"), Unknown)
    assert isinstance(merged(Absent(HEAD), "real", HEAD, "JWT_SECRET"), Unknown)


@given(st.text(min_size=8), st.sampled_from(["SECRET_KEY", "SIGNING_KEY", "DB_PASSWORD", "KEYS", "JWT_SECRET"]))
def test_no_secret_is_ever_shown(value: str, name: str) -> None:
    held = {"OUTER": {name: value, "SECRET_KEYS": [value]}}
    found = over({"OUTER": held, name: value}, Namespace("shop/settings.py"))
    assert Known(value, HEAD) not in _all(found.values.values())
    assert repr(value) not in [show(each) for each in _all(found.values.values())]


def test_what_is_not_loaded_is_not_set() -> None:
    read = Namespace("shop/settings.py", {"OLD": Known(1, LINE), "helper": Known(2, LINE)}, overlays=[LINE])
    found = over({"NEW": 3}, read)
    assert found.values == {"helper": Known(2, LINE), "NEW": Known(3, HEAD)}
    assert not found.overlays


def _all(values: Iterable[Value]) -> list[Value]:
    """The values, and the values in them."""
    found: list[Value] = []
    for value in values:
        inner = value.entries.values() if isinstance(value, Table) else getattr(value, "items", ())
        found += [value, *_all(inner)]
    return found
