"""Where in a script something may be that is worth a fact: found in its text, before its tree is looked at.

A bundle is a million nodes, and a few dozen of them matter. Each fact has a word in it that the text shows, so only
the nodes around such a word are visited. A word in the wrong place costs a visit and yields nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_STORES = re.compile(rb"storage|ookie|localforage|indexedDB", re.I)
_PARAMETER = re.compile(rb"[?&]([\w.\x80-\xff-]+)=")
_CREDENTIAL = re.compile(rb"token|jwt|auth|api_?key|bearer", re.I)
_CONTAINERS = re.compile(
    rb"persistReducer|persistCombineReducers|\bpersist\b|defineStore|createPersistedState|VuexPersistence"
)
_TOKENS = re.compile(rb"token|jwt|bearer|(?:api|access|auth|session)[^A-Za-z0-9]{0,9}key", re.I)


def of_access(source: bytes) -> list[int]:
    """Names of stores, and queries with a credential in them."""
    found = [each.start() for each in _STORES.finditer(source)]
    found += [each.start() for each in _PARAMETER.finditer(source) if _CREDENTIAL.search(each[1])]
    return found


def of_uses(source: bytes, aliases: Iterable[str]) -> list[int]:
    """Where something is done with one of these objects."""
    return [place for alias in aliases for place in _found(rb"(?<![\w$])%s\s*[.\[?!)]", alias, source)]


def of_constant(source: bytes, name: str) -> list[int]:
    """Where a name may be given its value."""
    return _found(rb"(?<![\w$])%s\s*[:=!/]", name, source)


def of_containers(source: bytes) -> list[int]:
    """Calls that tell a container to persist itself."""
    return [each.start() for each in _CONTAINERS.finditer(source)] if b"ersist" in source else []


def of_state(source: bytes) -> list[int]:
    """Words that sound like tokens."""
    return [each.start() for each in _TOKENS.finditer(source)]


def _found(pattern: bytes, name: str, source: bytes) -> list[int]:
    compiled = re.compile(pattern.replace(b"%s", re.escape(name.encode())))
    return [each.start() for each in compiled.finditer(source)]
