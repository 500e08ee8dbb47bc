"""A value as the interpreter knows it: where it comes from, what was done to it, and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.values import Scalar

_MOST = 24
"""Sources of one value; a value made of more is made of anything."""


class Kind(StrEnum):
    """Where a part of a value comes from."""

    WEAK = "the random module"
    CHANCE = "chance that cannot be guessed"
    CLOCK = "the clock"
    KNOWN = "data that others know"
    STORED = "a column"
    REQUEST = "the request"
    CONSTANT = "a constant"
    ENVIRONMENT = "the environment"
    PARAMETER = "a parameter"
    UNKNOWN = "unknown"


class Source(NamedTuple):
    """One thing that a value is made of."""

    kind: Kind
    name: str
    """The function, column, key of the request, or parameter."""
    where: Place
    part: str = ""
    """Of a request: `POST`, `headers`, `path`; of a column: its table."""
    steps: tuple[str, ...] = ()
    """Of a parameter: the attributes and items read from it, `.POST` and `[password]`; of a column: `caller`, where
    the row is that of whoever is logged in."""


class How(StrEnum):
    """What was done to a value."""

    FAST = "hashed fast"
    SLOW = "hashed slowly"
    MAC = "authenticated with a key"
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OPENED = "read out of a verified signature"
    LONG = "a UUID by its type"
    PEEKED = "read out of a signature that was not verified"


class Done(NamedTuple):
    how: How
    where: Place
    of: frozenset[Source] = frozenset()
    """What went into it."""


class Reference(NamedTuple):
    """Something outside the tree, by its full dotted name."""

    name: str


class Routine(NamedTuple):
    """A function of the tree; `this` is what a method is bound to, `scope` numbers the names around a closure."""

    definition: Definition
    owner: Definition | None = None
    this: Value | None = None
    scope: int = 0


class Class(NamedTuple):
    definition: Definition


class Instance(NamedTuple):
    """An object of a class of the tree that is no row of a table."""

    definition: Definition
    fields: frozenset[tuple[str, Value]] = frozenset()
    of: str = ""
    """The parameter that it came in with, as `self` does, while a function is run for any arguments."""


class Object(NamedTuple):
    """An object of a class outside the tree."""

    name: str


class Request(NamedTuple):
    """The request, or a part of it: `POST`, `data`, `headers`, `session`."""

    part: str = ""


class Rows(NamedTuple):
    """Rows of a table; `caller` when it is the row of whoever is logged in."""

    model: str
    definition: Definition | None = None
    one: bool = False
    caller: bool = False
    new: bool = False


class Parameter(NamedTuple):
    name: str
    steps: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """The answer of a check; `sure` is what it is when the check has passed."""

    check: Place
    sure: bool = True


class Literal(NamedTuple):
    value: Scalar


class Grown(NamedTuple):
    """A number, and some more: `row.attempts + 1`."""


Thing = Reference | Routine | Class | Instance | Object | Request | Rows | Parameter | Verdict | Literal | Grown


class Value(NamedTuple):
    """All that is known of a value. There are very many: a tuple is made and compared sooner than an object."""

    sources: frozenset[Source] = frozenset()
    done: frozenset[Done] = frozenset()
    what: Thing | None = None
    items: tuple[tuple[str, Value], ...] = ()
    """The entries of a dictionary with constant keys; a list's under `0`, `1`, ...."""

    def of(self, *kinds: Kind) -> frozenset[Source]:
        return frozenset([source for source in self.sources if source.kind in kinds]) if self.sources else _NO_SOURCES

    def was(self, *hows: How) -> bool:
        return bool(self.done) and any(done.how in hows for done in self.done)

    def entry(self, key: str) -> Value | None:
        for name, value in self.items:
            if name == key:
                return value
        return None

    def with_done(self, how: How, where: Place) -> Value:
        return Value(self.sources, self.done | {Done(how, where, self.sources)})

    def fed(self, more: Value) -> frozenset[Done]:
        """What was done, when something more goes into it."""
        return frozenset(each._replace(of=each.of | more.sources) for each in self.done) | more.done

    def plain(self) -> Value:
        """What it is made of, without what it is."""
        return Value(self.sources, self.done)


NOTHING = Value()
_NO_SOURCES: frozenset[Source] = frozenset()
OF_CALLER = ("caller",)
"""The steps of a column of the caller's own row."""
_NOT_DONE: frozenset[Done] = frozenset()


def is_callers(value: Value) -> bool:
    """The row of whoever is logged in, or something that is read from it."""
    if isinstance(value.what, Rows):
        return value.what.caller
    return any(source.steps == OF_CALLER for source in value.sources)


def made(kind: Kind, name: str, where: Place, part: str = "", what: Thing | None = None) -> Value:
    return Value(frozenset({Source(kind, name, where, part)}), what=what)


def mixed(values: Iterable[Value]) -> Value:
    """What is made of all of them: neither of them any more."""
    found = [each for each in values if each is not NOTHING]
    if len(found) < 2:
        return Value(_union([found[0].sources]), found[0].done) if found else NOTHING
    return Value(_union([each.sources for each in found]), _all_done(found))


def either(first: Value, second: Value) -> Value:
    """What is one or the other."""
    if first is second or first == second or second is NOTHING:
        return first
    if first is NOTHING:
        return second
    known = first.what if first.what is not None and not isinstance(first.what, Literal) else second.what
    keys = dict(first.items)
    for key, value in second.items:
        keys[key] = either(keys[key], value) if key in keys else value
    return Value(
        _union((first.sources, second.sources)), _all_done([first, second]), known or first.what, tuple(keys.items())
    )


def any_of(values: Iterable[Value]) -> Value:
    found = NOTHING
    for value in values:
        found = either(found, value)
    return found


def become(value: Value, what: Thing | None) -> Value:
    return Value(value.sources, value.done, what, value.items)


def _union(sets: Iterable[frozenset[Source]]) -> frozenset[Source]:
    found = _NO_SOURCES.union(*sets)
    return found if len(found) <= _MOST else frozenset(sorted(found)[:_MOST])


def _all_done(values: list[Value]) -> frozenset[Done]:
    return _NOT_DONE.union(*[value.done for value in values])
