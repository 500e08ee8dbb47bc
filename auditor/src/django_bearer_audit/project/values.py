"""The values a static reader can know: a small lattice, each member with the place it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django_bearer_audit.finding import Place

Scalar = str | bytes | int | float | bool | None | timedelta


@dataclass(frozen=True, slots=True)
class Known:
    """A constant: str, bytes, number, bool, None or timedelta."""

    value: Scalar
    where: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set, item by item; `complete` is false when something unknown was added."""

    items: tuple[Value, ...]
    where: Place
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary with constant keys; `complete` is false when unknown keys may have been added."""

    entries: Mapping[Scalar, Value]
    where: Place
    complete: bool = True

    def get(self, key: str) -> Value:
        value = self.entries.get(key)
        if value is not None:
            return value
        return Absent(self.where) if self.complete else Unknown(self.where, "the dictionary is not all known")


@dataclass(frozen=True, slots=True)
class Named:
    """A reference to a class, function or object by its full dotted name."""

    name: str
    where: Place


@dataclass(frozen=True, slots=True)
class Env:
    """Read from the environment (or a secret store) when the project starts."""

    name: str | None
    default: Value | None
    where: Place


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, decided by a test that cannot be decided here."""

    options: tuple[Value, ...]
    where: Place


@dataclass(frozen=True, slots=True)
class Absent:
    """Never set: the framework's default applies."""

    where: Place


@dataclass(frozen=True, slots=True)
class Unknown:
    """Cannot be known without running the project; rules stay silent on it."""

    where: Place
    why: str = ""
    parts: tuple[Value, ...] = field(default=(), repr=False, compare=False)
    """What went into it, where that is known: the arguments of a call, the sides of an operator."""


Value = Known | Items | Table | Named | Env | Choice | Absent | Unknown


def leaves(value: Value) -> Iterator[Value]:
    """Every value this may turn out to be, choices opened."""
    if isinstance(value, Choice):
        for option in value.options:
            yield from leaves(option)
    else:
        yield value


def constants(value: Value) -> Iterator[Known]:
    """Every constant this may turn out to be, including what an unset environment leaves."""
    for leaf in leaves(value):
        if isinstance(leaf, Known):
            yield leaf
        elif isinstance(leaf, Env) and leaf.default is not None:
            yield from constants(leaf.default)


def always(value: Value, expected: Scalar) -> bool:
    """True when the value can be nothing else."""
    return all(isinstance(leaf, Known) and leaf.value == expected for leaf in leaves(value))


def never_set(value: Value) -> bool:
    """True when no path of the program sets it."""
    return all(isinstance(leaf, Absent) for leaf in leaves(value))


def join(first: Value, second: Value, where: Place) -> Value:
    """What is known after two paths meet."""
    options: list[Value] = []
    for leaf in (*leaves(first), *leaves(second)):
        if leaf not in options:
            options.append(leaf)
    return options[0] if len(options) == 1 else Choice(tuple(options[:16]), where)


def text(value: Value) -> str | None:
    """The string, if it is a known one."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def names(value: Value) -> tuple[str, ...] | None:
    """A sequence of dotted names (strings or references), or None when any part is not known."""
    if not isinstance(value, Items) or not value.complete:
        return None
    found = [item.name if isinstance(item, Named) else text(item) for item in value.items]
    return None if None in found else tuple(name for name in found if name is not None)


def span(lifetime: timedelta) -> str:
    """A duration as a reader says it: `90 days`, `5 minutes`."""
    for name, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count, rest = divmod(lifetime.total_seconds(), seconds)
        if count and not rest:
            return f"{count:.0f} {name}{'s' * (count != 1)}"
    return f"{lifetime}"


def show(value: Value) -> str:
    """The value as a reader of a finding should see it."""
    match value:
        case Known(value=constant):
            return span(constant) if isinstance(constant, timedelta) else repr(constant)
        case Env(name=name, default=default):
            told = "" if default is None else f" (default {show(default)})"
            return f"environment variable {name or '?'}{told}"
        case Named(name=name):
            return name
        case Items(items=items):
            return "[" + ", ".join(show(item) for item in items) + "]"
        case Table():
            return "{…}"
        case Choice(options=options):
            return " or ".join(show(option) for option in options)
        case Absent():
            return "not set"
        case Unknown():
            return "unknown"
