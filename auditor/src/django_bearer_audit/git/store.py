"""What reading any part of a repository shares: its one error, bounded inflating, and names in a folder."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django_bearer_audit.reading import folder


class Unreadable(Exception):
    """The repository is damaged, or of a form that is not read. The text says which, for the caller."""


@dataclass(slots=True)
class Allowance:
    """How much may be unpacked: a few kilobytes of an object can stand for gigabytes."""

    most: int = 64_000_000
    """Bytes of one object."""
    left: int = 2_000_000_000
    """Bytes of all that are read in one run."""

    def take(self, size: int) -> None:
        """Count what is about to be held. Raises `Unreadable` where it is too much."""
        self.left -= size
        if size > self.most or self.left < 0:
            raise Unreadable("its objects unpack to more than is read")


def inflated(parts: Iterable[bytes], most: int) -> bytes:
    """What a zlib stream holds. Raises `zlib.error` where it is broken or holds more than `most` bytes."""
    stream = zlib.decompressobj()
    data = bytearray()
    for part in parts:
        while part and not stream.eof:
            data += stream.decompress(part, most + 1 - len(data))
            if len(data) > most:
                raise zlib.error("too large")
            part = stream.unconsumed_tail
        if stream.eof:
            return bytes(data)
    raise zlib.error("cut off")


def entries(root: Path, name: str) -> list[str]:
    """The names in a folder below `root`; none where there is no such folder."""
    try:
        with folder(root, [name]) as (place, within):
            return os.listdir(place if within is None else within)
    except OSError:
        return []
