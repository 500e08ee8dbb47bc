"""One pack and its index: many objects in a file, most of them as differences from others (gitformat-pack)."""

from __future__ import annotations

import os
import weakref
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from django_bearer_audit.git.store import Allowance, Unreadable, inflated
from django_bearer_audit.reading import opened

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_BY_OFFSET, _BY_NAME = 6, 7
_MAGIC = b"\xfftOc\0\0\0\x02"
_FANOUT = 8 + 256 * 4
_LONGEST_CHAIN = 4096
_MOST_HELD = 256_000_000
"""Bytes of all the differences of one object."""
_CHUNK = 16_384


class Pack:
    """Asked for objects by name. Raises `Unreadable` for what is no pack."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder, self._stem = folder, stem
        self._size = len(stem.removeprefix("pack-")) // 2
        """Bytes of a name."""

    def get(self, name: bytes, allowance: Allowance) -> tuple[str, bytes] | None:
        """(kind, content) of the object of a name, or None when it is not in this pack."""
        offset = self._offset(name) if len(name) == self._size else None
        if offset is None:
            return None
        try:
            return self._object(offset, allowance)
        except (zlib.error, IndexError, ValueError):
            raise self._damaged() from None

    def named(self, prefix: str) -> set[str]:
        """The names that begin with some hexadecimal digits."""
        _, names = self._bucket(int(prefix[:2], 16))
        return {found for each in names if (found := each.hex()).startswith(prefix)}

    # -- the index ----------------------------------------------------------

    @cached_property
    def _index(self) -> BinaryIO:
        file = self._open(f"{self._stem}.idx")
        if file.read(8) != _MAGIC:
            raise self._damaged()
        return file

    @cached_property
    def _ends(self) -> list[int]:
        """How many names begin with a byte up to each."""
        data = self._at(self._index, 8, 1024)
        ends = [int.from_bytes(data[place : place + 4], "big") for place in range(0, 1024, 4)]
        held = os.fstat(self._index.fileno()).st_size
        if ends != sorted(ends) or ends[-1] * (self._size + 8) + _FANOUT > held:
            raise self._damaged()
        return ends

    def _bucket(self, first: int) -> tuple[int, list[bytes]]:
        """The number of the first name that begins with a byte, and all names that do."""
        start, end = (self._ends[first - 1] if first else 0), self._ends[first]
        data = self._at(self._index, _FANOUT + start * self._size, (end - start) * self._size)
        return start, [data[place : place + self._size] for place in range(0, len(data), self._size)]

    def _offset(self, name: bytes) -> int | None:
        start, names = self._bucket(name[0])
        if name not in names:
            return None
        number, count = start + names.index(name), self._ends[-1]
        short = self._number(_FANOUT + count * (self._size + 4) + number * 4, 4)
        if not short >> 31:
            return short
        return self._number(_FANOUT + count * (self._size + 8) + (short & 0x7FFFFFFF) * 8, 8)

    def _number(self, place: int, size: int) -> int:
        return int.from_bytes(self._at(self._index, place, size), "big")

    # -- the objects --------------------------------------------------------

    @cached_property
    def _pack(self) -> BinaryIO:
        return self._open(f"{self._stem}.pack")

    def _object(self, offset: int, allowance: Allowance) -> tuple[str, bytes]:
        """From an object through its differences down to a whole one, and up again."""
        differences: list[bytes] = []
        held = 0
        while True:
            kind, size, place = self._header(offset)
            allowance.take(size)
            held += size
            base: int | None = None
            if kind == _BY_OFFSET:
                back, place = self._distance(place)
                base = offset - back
            elif kind == _BY_NAME:
                base = self._offset(self._at(self._pack, place, self._size))
                place += self._size
            data = inflated(self._chunks(place), size)
            if len(data) != size or (kind in (_BY_OFFSET, _BY_NAME) and base is None):
                raise self._damaged()
            if base is None:
                break
            differences.append(data)
            if base <= 0 or len(differences) > _LONGEST_CHAIN or held > _MOST_HELD:
                raise self._damaged()
            offset = base
        if kind not in _KINDS:
            raise self._damaged()
        for difference in reversed(differences):
            data = patched(data, difference, allowance)
        return _KINDS[kind], data

    def _header(self, offset: int) -> tuple[int, int, int]:
        """(kind, size when unpacked, where its content begins) of the entry at an offset."""
        data = self._at(self._pack, offset, 10, whole=False)
        kind, size, shift, place = (data[0] >> 4) & 7, data[0] & 15, 4, 0
        while data[place] & 0x80:
            place += 1
            size |= (data[place] & 0x7F) << shift
            shift += 7
        return kind, size, offset + place + 1

    def _distance(self, place: int) -> tuple[int, int]:
        """How far before its entry the base of a difference lies, and where the difference begins."""
        data = self._at(self._pack, place, 10, whole=False)
        number, back = 0, data[0] & 0x7F
        while data[number] & 0x80:
            number += 1
            back = ((back + 1) << 7) | (data[number] & 0x7F)
        return back, place + number + 1

    def _chunks(self, place: int) -> Iterator[bytes]:
        while data := self._at(self._pack, place, _CHUNK, whole=False):
            yield data
            place += len(data)

    # -- the files ----------------------------------------------------------

    def _open(self, name: str) -> BinaryIO:
        try:
            file = opened(self._folder, f"pack/{name}")
        except OSError as error:
            raise Unreadable(f"{name} cannot be read: {error.strerror}") from None
        weakref.finalize(self, file.close)
        return file

    def _at(self, file: BinaryIO, place: int, size: int, whole: bool = True) -> bytes:
        file.seek(place)
        data = file.read(size)
        if whole and len(data) != size:
            raise self._damaged()
        return data

    def _damaged(self) -> Unreadable:
        return Unreadable(f"{self._stem} is damaged, or of a version that is not read")


def patched(base: bytes, difference: bytes, allowance: Allowance) -> bytes:
    """A content, made of another one and the difference. Raises `IndexError` or `ValueError` for what is none."""
    before, place = _varint(difference, 0)
    after, place = _varint(difference, place)
    if before != len(base):
        raise ValueError("another base")
    allowance.take(after)
    made = bytearray()
    while place < len(difference):
        order = difference[place]
        place += 1
        if order & 0x80:
            offset, place = _sparse(difference, place, order, 4)
            size, place = _sparse(difference, place, order >> 4, 3)
            size = size or 0x10000
            if offset + size > len(base):
                raise ValueError("beyond the base")
            made += base[offset : offset + size]
        elif order:
            if place + order > len(difference):
                raise ValueError("cut off")
            made += difference[place : place + order]
            place += order
        else:
            raise ValueError("an order that is kept for later")
        if len(made) > after:
            raise ValueError("longer than it says")
    if len(made) != after:
        raise ValueError("shorter than it says")
    return bytes(made)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return number, place
        if shift > 63:
            raise ValueError("a number without end")


def _sparse(data: bytes, place: int, present: int, most: int) -> tuple[int, int]:
    """A number of which only the bytes are there that a bit names."""
    number = 0
    for each in range(most):
        if present >> each & 1:
            number |= data[place] << (8 * each)
            place += 1
    return number, place
