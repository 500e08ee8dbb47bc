"""Reads one front-end file into facts: storage accesses, functions, built URLs and persisted state."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from django_bearer_audit.project import token_names as names
from django_bearer_audit.project.front import spots
from django_bearer_audit.project.front.facts import Access, FileFacts, Function, Link
from django_bearer_audit.project.front.persisted import persisted
from django_bearer_audit.project.front.references import references
from django_bearer_audit.project.front.scripts import Script, legible, scripts
from django_bearer_audit.project.front.stores import access_of, store_of
from django_bearer_audit.project.front.syntax import Node, parse

_STORES = re.compile(rb"Storage|localforage|indexedDB|[cC]ookie|[pP]ersist|[?&][\w.-]*(?:token|jwt|auth|key)[\w.-]*=")
_TOKENS = re.compile(rb"token|jwt|bearer|access|refresh|auth|api_?key|login|session|user", re.I)

_FUNCTIONS = (
    "function_declaration", "function_expression", "arrow_function", "method_definition",
    "generator_function_declaration", "generator_function",
)  # fmt: skip
_CALLS = ("call_expression", "new_expression")
_TEXTS = ("string", "template_string")
_NAME = re.compile(r"[\w$]+(?:\.[\w$]+)?")
_QUERY = re.compile(r"[?&]([\w.-]*(?:token|jwt|auth|api_?key|bearer)[\w.-]*)=$", re.I)
_COOKIE = re.compile(r"^[\"'`]?\s*([\w.$\{\}-]+)\s*=")
_MOST = 60
_DEEPEST, _LONGEST = 100, 400
_NAMES_OF_PARTS = ("property_identifier", "private_property_identifier", "string", "template_string")


def may_hold_facts(data: bytes) -> bool:
    """Whether a file is worth parsing: it must name a store (or build a query) and something like a token."""
    data = legible(data)
    return bool((_STORES.search(data) and _TOKENS.search(data)) or references(data))


def read(path: str, data: bytes) -> FileFacts:
    """All facts of a file but the state that it declares."""
    data = legible(data)
    found = [_facts(script) for script in scripts(path, data.decode("utf-8", "replace"))]
    facts = found[0] if len(found) == 1 else _joined(found)
    return replace(facts, references=references(data))


def state(path: str, data: bytes) -> tuple[str, ...]:
    """Names that sound like tokens among the keys of objects: the state that a file declares."""
    found: list[str] = []
    for script in scripts(path, legible(data).decode("utf-8", "replace")):
        places = spots.of_state(script.source)
        nodes = parse(script).around(places) if places else ()
        found += sorted({name for node in nodes if (name := _state_name(node))})
    return tuple(found)


def _facts(script: Script) -> FileFacts:
    """Nothing is parsed where the text shows that there is nothing."""
    source = script.source
    places, containers = spots.of_access(source), spots.of_containers(source)
    if not places and not containers:
        return FileFacts()
    root = parse(script)
    facts = _Reading(root, source, places).facts() if places else FileFacts()
    return replace(facts, persisted=tuple(persisted(root, source)))


class _Reading:
    """One script: its functions first, then everything that lies in them."""

    def __init__(self, root: Node, source: bytes, places: list[int]) -> None:
        self._root, self._source = root, source
        self._constants: dict[str, str | None] = {}
        nodes = list(root.around(places))
        self.aliases = dict(_aliases(nodes))
        if self.aliases:
            nodes = list(root.around([*places, *spots.of_uses(source, self.aliases)]))
        self._nodes = [(node.kind, node) for node in nodes]
        self._functions = self._of(*_FUNCTIONS)
        self._spans = [node.span for node in self._functions]
        self._starts = [first for first, _ in self._spans]

    def facts(self) -> FileFacts:
        accesses, links = tuple(self._accesses()), tuple(self._links())
        touching = {each.function for each in accesses} | {each.function for each in links}
        wanted = sorted({outer for number in touching for outer in self._outer(number)} - {-1})
        numbers = {number: place for place, number in enumerate(wanted)} | {-1: -1}
        return FileFacts(
            accesses=tuple(replace(each, function=numbers[each.function]) for each in accesses),
            functions=tuple(self._function(self._functions[number]) for number in wanted),
            links=tuple(replace(each, function=numbers[each.function]) for each in links),
        )

    def _of(self, *kinds: str) -> list[Node]:
        """Nodes of these kinds in the order of the text. The script is searched once, for all that is asked of it."""
        return [node for kind, node in self._nodes if kind in kinds]

    def _constant(self, name: str) -> str | None:
        """The text that a name of the script stands for: `KEY`, or `KEYS.token` of an object of texts."""
        if not _NAME.fullmatch(name):
            return None
        if name not in self._constants:
            first, _, key = name.partition(".")
            nodes = self._root.around(spots.of_constant(self._source, first))
            values = [value for node in nodes if (value := _value_given(node, first)) is not None]
            texts = [each for value in values for each in (_of_key(value, key) if key else [value])]
            self._constants[name] = next((t.text.strip("\"'") for t in reversed(texts) if t.kind == "string"), None)
        return self._constants[name]

    # -- storage ----------------------------------------------------------

    def _accesses(self) -> Iterator[Access]:
        for node in self._of("call_expression", "assignment_expression"):
            yield from self._called(node) if node.kind == "call_expression" else self._assigned(node)

    def _called(self, node: Node) -> Iterator[Access]:
        callee, arguments = node.field("function"), node.field("arguments")
        if callee is None or arguments is None:
            return
        called = _chain(callee)
        known = access_of(called, self.aliases) if called else None
        given = arguments.children
        if known is None or (not given and not called.endswith("clear")):
            return
        if "httponly" in arguments.text.lower():
            return
        action, store = known
        if store == "document.cookie":
            if called.endswith(".cookie") and len(given) < 2:
                action = "read"
            if len(given) > 2 and given[0].kind != "string" and given[1].kind == "string":
                given = given[1:]  # the request comes first: `setCookie(context, "token", token)`
        if called.endswith("multiSet"):
            yield from self._many(node, given, store)
            return
        key = self._key(given[0]) if given else ""
        value = given[1].text if len(given) > 1 else ""
        yield self._access(node, action, store, key, value)

    def _many(self, node: Node, given: list[Node], store: str) -> Iterator[Access]:
        """`AsyncStorage.multiSet([["access", a], …])`."""
        for pair in given[0].children if given else []:
            if pair.kind == "array" and len(pair.children) == 2:
                yield self._access(pair, "write", store, self._key(pair.children[0]), pair.children[1].text)

    def _assigned(self, node: Node) -> Iterator[Access]:
        """`localStorage.token = t`, `localStorage["token"] = t`, `document.cookie = "token=" + t`."""
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return
        if _chain(left).endswith("document.cookie"):
            named = _COOKIE.match(right.text)
            value = right.text[named.end() :] if named else right.text
            yield self._access(node, _written(right.text), "document.cookie", named[1] if named else "", value)
            return
        owner = left.field("object")
        key = left.field("property") or left.field("index")
        store = store_of(_chain(owner), self.aliases) if owner is not None else None
        if store and key is not None:
            yield self._access(node, "write", store, self._key(key), right.text)

    def _key(self, node: Node) -> str:
        """The key as text; a constant of this file by its value, one of another file by its name."""
        if node.kind == "string":
            return node.text.strip("\"'")
        if node.kind == "array":
            return " ".join(self._key(child) for child in node.children)
        text = _flat(node.text)
        known = self._constant(text)
        return (text.strip("`") if known is None else known)[:120]

    def _access(self, node: Node, action: str, store: str, key: str, value: str) -> Access:
        around = self._around(node)
        return Access(action, store, key, _flat(value)[:200], node.line_start, node.line_end, around)

    # -- functions --------------------------------------------------------

    def _around(self, node: Node) -> int:
        """The innermost function around a node, by its place in the list."""
        first, last = node.span
        before = bisect.bisect_right(self._starts, first)
        return next((number for number in range(before - 1, -1, -1) if last <= self._spans[number][1]), -1)

    def _outer(self, number: int) -> Iterator[int]:
        """A function and those around it."""
        yield number
        if number >= 0:
            first, last = self._spans[number]
            yield from (n for n in range(number) if self._spans[n][0] <= first and last <= self._spans[n][1])

    def _function(self, node: Node) -> Function:
        """What a function calls, and the addresses in it."""
        callees = (inner.field("function") or inner.field("constructor") for inner in node.find(*_CALLS))
        calls = (_flat(callee.text)[-80:] for callee in callees if callee is not None)
        texts = (inner.text.strip("\"'`") for inner in node.find(*_TEXTS))
        addresses = (text[:120] for text in texts if "/" in text)
        told = tuple(islice(calls, _MOST)), tuple(islice(addresses, _MOST))
        return Function(_name(node), node.line_start, node.line_end, *told)

    # -- URLs -------------------------------------------------------------

    def _links(self) -> Iterator[Link]:
        for node in self._of("template_string", "binary_expression"):
            if node.kind == "template_string":
                yield from self._link(node, list(_spliced(node)))
            else:
                left, right = node.field("left"), node.field("right")
                if left is not None and right is not None:
                    yield from self._link(node, [(left.text[-80:].rstrip("\"'` "), right.text)])

    def _link(self, node: Node, parts: list[tuple[str, str]]) -> Iterator[Link]:
        for before, value in parts:
            query = _QUERY.search(before)
            if query:
                place = (node.line_start, node.line_end, self._around(node))
                yield Link(query[1], _flat(value)[:120], *place, _flat(node.text)[:200])


def _aliases(nodes: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """`const store = window.localStorage`."""
    for node in nodes:
        if node.kind == "variable_declarator":
            name, value = node.field("name"), node.field("value")
            if name is not None and value is not None and value.kind in {"identifier", "member_expression"}:
                store = store_of(value.text, {})
                if store:
                    yield name.text, store


def _value_given(node: Node, name: str) -> Node | None:
    """The value, where a node is the declaration of this name."""
    if node.kind != "variable_declarator":
        return None
    named = node.field("name")
    return node.field("value") if named is not None and named.text == name else None


def _of_key(value: Node, name: str) -> Iterator[Node]:
    """What an object has under a key."""
    for pair in value.children if value.kind == "object" else ():
        key, held = pair.field("key"), pair.field("value")
        if key is not None and held is not None and key.text == name:
            yield held


def _spliced(template: Node) -> Iterator[tuple[str, str]]:
    """(text before, expression) for each `${…}` of a template string."""
    text = template.text
    for found in re.finditer(r"\$\{([^{}]*)\}", text):
        yield text[: found.start()], found[1]


def _name(node: Node) -> str:
    """What a function is called, be it declared, assigned, a property, or handed to an event."""
    own = node.field("name")
    if own is not None:
        return own.text
    for above in node.parents():
        if above.kind in {
            "variable_declarator",
            "pair",
            "assignment_expression",
            "field_definition",
            "public_field_definition",
        }:
            named = above.field("name") or above.field("key") or above.field("left") or above.field("property")
            return _flat(named.text)[-80:] if named is not None else ""
        if above.kind == "call_expression":
            called = above.field("function")
            if called is not None and "addEventListener" in called.text:
                return _flat(called.text)[-80:]
        elif above.kind not in {"arguments", "parenthesized_expression", "await_expression"}:
            return ""
    return ""


def _state_name(node: Node) -> str | None:
    if node.kind == "pair":
        key = node.field("key")
        name = key.text.strip("\"'") if key is not None else ""
    elif node.kind == "shorthand_property_identifier":
        name = node.text
    else:
        return None
    return name if len(name) < _MOST and names.is_token(name) else None


def _written(value: str) -> str:
    """Writing an empty or expired cookie is how one is removed."""
    return "remove" if re.search(r"max-age=(?:0|-)|expires=Thu, 01.Jan.1970", value, re.I) else "write"


def _chain(node: Node, depth: int = 0) -> str:
    """The names of a chain, `window["localStorage"]\n.setItem` as `window.localStorage.setItem`, however far apart.

    Empty for whatever is no chain and long: a whole program in brackets that is called.
    """
    if depth > _DEEPEST:
        return ""
    match node.kind:
        case "member_expression" | "subscript_expression":
            owner, key = node.field("object"), node.field("property") or node.field("index")
            if owner is None or key is None:
                return ""
            named = key.text.strip("\"'`") if key.kind in _NAMES_OF_PARTS else "[]"
            return f"{_chain(owner, depth + 1)}.{named}"
        case "parenthesized_expression" | "non_null_expression" | "await_expression" | "as_expression":
            inner = node.children
            return _chain(inner[0], depth + 1) if inner else ""
        case _:
            first, last = node.span
            return _flat(node.text) if last - first < _LONGEST else ""


def _flat(text: str) -> str:
    return (
        re.sub(r"\s+", " ", text.replace("?.", ".").replace("!.", ".").replace("\n", " ")).replace(" .", ".").strip()
    )


def _joined(found: list[FileFacts]) -> FileFacts:
    """The scripts of one file as one; functions keep their place in the list."""
    total = FileFacts()
    for each in found:
        shift = len(total.functions)

        def moved(function: int, by: int = shift) -> int:
            return function if function < 0 else function + by

        total = FileFacts(
            (*total.accesses, *(replace(a, function=moved(a.function)) for a in each.accesses)),
            (*total.functions, *each.functions),
            (*total.links, *(replace(link, function=moved(link.function)) for link in each.links)),
            (*total.persisted, *each.persisted),
        )
    return total
