"""How much an audit does, counted: what grew too slow once stays quick, on any machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project import source
from django_bearer_audit.project.front import reader, syntax

_FILLER = "function f%d(a,b){var c=a+b;return{d:c,e:[a,b].map(function(g){return g*2})}}"
BUNDLE = "!function(){" + ";".join(_FILLER % number for number in range(2_000))


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The nodes of scripts that were looked at, and the scripts that were parsed."""
    counted: Counter[str] = Counter()
    begin, parse = syntax.Node.__init__, reader.parse

    def looked_at(self: syntax.Node, *given: Any) -> None:
        counted["nodes"] += 1
        begin(self, *given)

    def parsed(script: Any) -> syntax.Node:
        counted["parsed"] += 1
        return parse(script)

    monkeypatch.setattr(syntax.Node, "__init__", looked_at)
    monkeypatch.setattr(reader, "parse", parsed)
    return counted


def test_a_bundle_is_looked_at_where_something_may_be(nodes: Counter[str]) -> None:
    facts = reader.read(
        "app.js", f'{BUNDLE};function keep(t){{localStorage.setItem("token",t.access)}}}}();'.encode()
    )
    assert [(each.store, each.key) for each in facts.accesses] == [("localStorage", "token")]
    assert [function.name for function in facts.functions] == ["", "keep"]
    assert nodes["nodes"] < 200


def test_a_bundle_with_nothing_in_it_is_not_parsed(nodes: Counter[str]) -> None:
    assert reader.read("app.js", f'{BUNDLE};var user="token"}}();'.encode()).accesses == ()
    assert nodes["parsed"] == 0


def test_a_constant_is_looked_up_where_it_may_be_given(nodes: Counter[str]) -> None:
    last = 'const KEYS={csrf:"x",token:"jwt"},one="";function keep(t){localStorage.setItem(KEYS.token,t,one)}'
    (access,) = reader.read("app.js", f"{BUNDLE};{last}}}();".encode()).accesses
    assert access.key == "jwt"
    assert nodes["nodes"] < 300


def test_an_object_that_stands_for_a_store_is_followed(nodes: Counter[str]) -> None:
    last = 'const kept=window.localStorage;function keep(t){kept.setItem("token",t);kept.jwt=t}'
    found = reader.read("app.js", f"{BUNDLE};{last}}}();".encode()).accesses
    assert [(each.store, each.key) for each in found] == [("localStorage", "token"), ("localStorage", "jwt")]
    assert nodes["nodes"] < 300


def test_the_tree_of_a_bundle_is_freed_before_trees_of_python_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they took more memory than all the rest of an audit."""
    order: list[str] = []
    read, parse = reader.read, source.tree_of

    def read_script(path: str, data: bytes) -> Any:
        order.append(path)
        return read(path, data)

    def parsed(data: bytes, name: str) -> Any:
        order.append(name)
        return parse(data, name)

    monkeypatch.setattr(reader, "read", read_script)
    monkeypatch.setattr(source, "tree_of", parsed)
    (tmp_path / "app.js").write_text('localStorage.setItem("token", answer.access)')
    (tmp_path / "views.py").write_text("import random\ntoken = random.random()\n")
    audit(tmp_path)
    assert order[0] == "app.js"
    assert set(order) == {"app.js", "views.py"}
