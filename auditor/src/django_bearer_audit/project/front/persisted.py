"""State containers that write themselves to browser storage: Redux, Zustand, Pinia, Vuex."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_bearer_audit.project import token_names as names
from django_bearer_audit.project.front import spots
from django_bearer_audit.project.front.facts import Persisted
from django_bearer_audit.project.front.syntax import Node

_CALLS = ("call_expression", "new_expression")
_LISTED = ("whitelist", "paths", "pick", "partialize")
_STORES = ("sessionStorage", "AsyncStorage", "indexedDB")


def persisted(root: Node, source: bytes) -> Iterator[Persisted]:
    """Every container of a script that is told to persist; `source` is the whole text."""
    text = source.decode("utf-8", "replace")
    for node in root.around(spots.of_containers(source)):
        callee, arguments = node.field("function") or node.field("constructor"), node.field("arguments")
        if node.kind not in _CALLS or arguments is None or callee is None:
            continue
        called = callee.text.rpartition(".")[2]
        given = arguments.children
        if called in {"persistReducer", "persistCombineReducers"} and given:
            config = _object(root, source, given[0].text) or given[0]
            yield _of("redux-persist", config, node, text, _kept(config))
        elif called == "persist" and "zustand" in text:
            yield _of("zustand", node, node, text, _kept(node))
        elif called == "defineStore" and (option := _option(arguments, "persist")) and option.text != "false":
            yield _of("pinia", option, node, text, _kept(option))
        elif called in {"createPersistedState", "VuexPersistence"}:
            yield _of("vuex", node, node, text, _kept(node))


def _of(library: str, where: Node, state: Node, text: str, kept: tuple[str, ...] | None) -> Persisted:
    store = next((name for name in _STORES if name in where.text), "localStorage")
    if library == "redux-persist" and store == "localStorage" and "redux-persist/lib/storage/session" in text:
        store = "sessionStorage"
    found = {name for name in re.findall(r"[A-Za-z_]\w*", state.text) if names.is_token(name)}
    return Persisted(library, store, kept, tuple(sorted(found)), where.line_start, where.line_end)


def _kept(config: Node) -> tuple[str, ...] | None:
    """The parts of the state that are kept, when a list of them is given."""
    for name in _LISTED:
        option = _option(config, name)
        if option is not None:
            return tuple(re.findall(r"[A-Za-z_]\w*", option.text))
    return None


def _option(node: Node, name: str) -> Node | None:
    for inner in node.find("pair"):
        key = inner.field("key")
        if key is not None and key.text.strip("\"'") == name:
            return inner.field("value")
    return None


def _object(root: Node, source: bytes, name: str) -> Node | None:
    """The object that a name is assigned, where a configuration usually stands."""
    found = None
    for node in root.around(spots.of_constant(source, name)):
        named, value = node.field("name"), node.field("value")
        if node.kind == "variable_declarator" and named is not None and named.text == name:
            found = value if value is not None and value.kind == "object" else found
    return found
