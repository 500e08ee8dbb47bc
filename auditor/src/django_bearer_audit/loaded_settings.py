"""The settings as they are loaded, in the auditor's words, each at the place where the source sets it.

A secret keeps what the source says of it: a key that came from the environment is no literal, and its value has no
business in a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project.run import Namespace
from django_bearer_audit.project.values import Absent, Env, Items, Known, Named, Scalar, Table, Unknown, Value, leaves

_SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|CREDENTIAL|PEPPER|SALT|DSN|PRIVATE|_KEYS?$|^KEYS?$|_TOKEN$", re.I)
_SCALARS = (str, bytes, int, float, bool, type(None), timedelta)


def over(loaded: Mapping[str, Any], read: Namespace) -> Namespace:
    """The loaded settings, with the places of those that were read; what is not loaded is not set."""
    head = Place(read.path)
    values = {name: merged(read.values.get(name), held, head, name) for name, held in loaded.items()}
    others = {name: value for name, value in read.values.items() if not name.isupper()}
    return Namespace(read.path, others | values, read.layers)


def merged(read: Value | None, held: Any, around: Place, name: str) -> Value:
    """One setting, or one entry of it: what is loaded, where it is set.

    `around` is the place to name when reading the source does not find this one.
    """
    where = _place(read, held) or around
    if _SECRET.search(name) and isinstance(held, str | bytes) and held:
        return _secret(read, where)
    if isinstance(held, Mapping):
        return Table(dict(_entries(read, held, where)), where)
    if isinstance(held, list | tuple | set | frozenset):
        return Items(tuple(_items(read, held, where, name)), where)
    if isinstance(held, _SCALARS):
        return Known(held, where)
    if isinstance(held, type) or callable(held):
        return Named(f"{held.__module__}.{getattr(held, '__qualname__', type(held).__qualname__)}", where)
    return Unknown(where, f"a {type(held).__name__}")


def _secret(read: Value | None, where: Place) -> Value:
    """What the source says of it; Absent there means that it came from a place that is not seen."""
    if read is None or isinstance(read, Absent):
        return Unknown(where, "a secret that is not in this tree")
    environment = [leaf for leaf in leaves(read) if isinstance(leaf, Env)]
    return Env(environment[0].name, None, where) if environment else read


def _entries(read: Value | None, held: Mapping[Any, Any], where: Place) -> Iterable[tuple[Scalar, Value]]:
    known = next((leaf.entries for leaf in _leaves(read) if isinstance(leaf, Table)), {})
    for key, entry in held.items():
        if isinstance(key, _SCALARS):
            yield key, merged(known.get(key), entry, where, str(key))


def _items(read: Value | None, held: Iterable[Any], where: Place, name: str) -> Iterable[Value]:
    every = sorted(held, key=repr) if isinstance(held, set | frozenset) else list(held)
    known = next((leaf.items for leaf in _leaves(read) if isinstance(leaf, Items)), ())
    for position, item in enumerate(every):
        same = known[position] if len(known) == len(every) else None
        yield merged(same, item, where, name)


def _place(read: Value | None, held: Any) -> Place | None:
    """Where a setting is set: of several ways it may go, the one that was taken."""
    candidates = list(_leaves(read))
    taken = [leaf for leaf in candidates if isinstance(leaf, Known) and leaf.value == held]
    found = next(iter([*taken, *(leaf for leaf in candidates if not isinstance(leaf, Absent))]), None)
    return found.where if found else None


def _leaves(read: Value | None) -> Iterable[Value]:
    return () if read is None else leaves(read)
