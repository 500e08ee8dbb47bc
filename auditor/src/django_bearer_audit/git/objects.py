"""The objects of a repository by their names, each checked against its name."""

from __future__ import annotations

import hashlib
import re
import zlib
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from django_bearer_audit.git.packs import Pack
from django_bearer_audit.git.store import Allowance, Unreadable, entries, inflated
from django_bearer_audit.reading import read

_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_INDEX = re.compile(r"pack-[0-9a-f]{40,64}\.idx")
_HEADER = re.compile(rb"(commit|tree|blob|tag) (\d{1,12})\0")
_MOST_PACKS = 2_000


class Object(NamedTuple):
    kind: str
    """`commit`, `tree`, `blob` or `tag`."""
    data: bytes


class Objects:
    """The objects of one repository, loose and packed. `folder` is the one named `objects`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._allowance = Allowance()

    def get(self, name: str) -> Object | None:
        """The object of a full name; None when the repository does not hold it. Raises `Unreadable`."""
        if not _NAME.fullmatch(name):
            raise Unreadable(f"{name[:80]!r} is no name of an object")
        found = self._loose(name) or self._packed(name)
        if found and _name_of(found, len(name)) != name:
            raise Unreadable(f"object {name} is damaged")
        return found

    def named(self, prefix: str) -> set[str]:
        """The full names that begin with four hexadecimal digits or more. Raises `Unreadable`."""
        loose = {prefix[:2] + each for each in entries(self._folder, prefix[:2])}
        found = {name for name in loose if _NAME.fullmatch(name) and name.startswith(prefix)}
        return found.union(*(pack.named(prefix) for pack in self._packs))

    def _loose(self, name: str) -> Object | None:
        try:
            data = read(self._folder, f"{name[:2]}/{name[2:]}", self._allowance.most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable(f"object {name} cannot be read: {error.strerror}") from None
        try:
            whole = inflated([data], self._allowance.most)
        except zlib.error:
            raise Unreadable(f"object {name} is damaged") from None
        self._allowance.take(len(whole))
        header = _HEADER.match(whole)
        if not header or int(header[2]) != len(whole) - header.end():
            raise Unreadable(f"object {name} is damaged")
        return Object(header[1].decode(), whole[header.end() :])

    def _packed(self, name: str) -> Object | None:
        wanted = bytes.fromhex(name)
        for pack in self._packs:
            found = pack.get(wanted, self._allowance)
            if found:
                return Object(*found)
        return None

    @cached_property
    def _packs(self) -> list[Pack]:
        stems = [name.removesuffix(".idx") for name in entries(self._folder, "pack") if _INDEX.fullmatch(name)]
        if len(stems) > _MOST_PACKS:
            raise Unreadable(f"there are more than {_MOST_PACKS} packs; git repack -a -d makes one")
        return [Pack(self._folder, stem) for stem in sorted(stems)]


def _name_of(found: Object, length: int) -> str:
    """The name that git gives an object, by the length of names in its repository: SHA-1 or SHA-256."""
    data = b"%b %d\0%b" % (found.kind.encode(), len(found.data), found.data)
    return hashlib.sha256(data).hexdigest() if length == 64 else hashlib.sha1(data, usedforsecurity=False).hexdigest()
