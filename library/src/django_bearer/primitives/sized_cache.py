"""A cache that is bounded by the bytes it takes in memory, whatever it holds."""

from __future__ import annotations

import sys
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
ENTRY = 360
"""Bytes that the dictionary itself takes for an entry, at most: it doubles its table, and links its entries."""
_ALIGNMENT = 16
"""Bytes that an allocation is rounded up to, and what the garbage collector keeps beside it."""


def size_of(value: Any) -> int:
    """The bytes that a value takes in memory, with all it refers to: strings, numbers, containers, data classes.

    What several places share is counted once for each, so that this is never less than what is taken.
    """
    size = sys.getsizeof(value) + _ALIGNMENT + _INSIDE.get(type(value), 0)
    for part in _parts(value):
        size += sys.getsizeof(part) + _ALIGNMENT if type(part) in _PLAIN else size_of(part)
    return size


def _parts(value: Any) -> Iterable[Any]:
    """What a value refers to."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, MappingProxyType):
        return (dict(value),)
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return [getattr(value, name) for name in fields]
    return (*value, *value.values()) if isinstance(value, Mapping) else ()


_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
"""Types that refer to nothing else: nearly all that is in a token, so that they are counted where they stand."""
_INSIDE = {uuid.UUID: 64}
"""What other objects refer to: a UUID has its number."""


class SizedCache(Generic[Key, Value]):
    """Holds at most `most` bytes; what is put in first goes first. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value of a key, or None."""
        found = self._entries.get(key)
        return None if found is None else found[0]

    def put(self, key: Key, value: Value) -> None:
        """Remember a value, unless it alone takes more than there may be."""
        size = size_of(key) + size_of(value) + ENTRY
        with self._lock:
            self._drop(key)
            if size > self.most:
                return
            self._entries[key] = (value, size)
            self.size += size
            while self.size > self.most:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: Key) -> None:
        _, size = self._entries.pop(key, (None, 0))
        self.size -= size
