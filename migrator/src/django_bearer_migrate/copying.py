"""Copies of old opaque tokens, each with an end: digests only, in batches, in any number of runs.

A copy holds the SHA-256 of what the old table stores: the digest of a knox token, the key of authtoken. It is good
only while the old row stands, so that a logout in the old version counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import router, transaction

from . import clock, old_tables
from .models import CopiedToken
from .old_tables import AUTHTOKEN, KNOX, OpaqueRow, OpaqueTable
from .settings import Bridge

BATCH = 2_000
"""Rows that are read and written at once."""
OVERLAP = 86_400
"""Seconds before a run's start from which rows are looked at once more: clocks of other machines differ."""
TABLES = (KNOX, AUTHTOKEN)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: rows looked at, and copies that are new."""

    source: str
    seen: int
    copied: int


def digest_of(stored: str) -> str:
    """What a copy holds of a token, by what the old table stores of it."""
    return hashlib.sha256(stored.encode()).hexdigest()


def run(bridge: Bridge, batch: int = BATCH) -> Iterator[Progress]:
    """Copy what is not copied yet, of each package that is accepted. It can be cut off and run again.

    Rows that logins add while it runs may lie before the place that it has reached, so that new ones are looked at
    once more at its end.
    """
    renews = bridge.knox is not None and bridge.knox.renewed_seconds is not None
    for table, ends_at in _accepted(bridge):
        seen = copied = 0
        for since in (None, clock.seconds() - OVERLAP):
            for rows in old_tables.opaque_rows(table, batch, since):
                copied += _copy(table, rows, ends_at, renews and table is KNOX)
                seen += len(rows)
                yield Progress(table.source, seen, copied)


def missing(bridge: Bridge, batch: int = BATCH) -> Iterator[tuple[str, int]]:
    """How many tokens of each package have no copy."""
    for table, _ in _accepted(bridge):
        found = 0
        for rows in old_tables.opaque_rows(table, batch):
            digests = _digests(rows)
            found += len(digests) - CopiedToken.objects.filter(digest__in=digests).count()
        yield table.source, found


def _accepted(bridge: Bridge) -> Iterator[tuple[OpaqueTable, int]]:
    ends = {entry.name: entry.ends_at for entry in bridge.entries()}
    for table in TABLES:
        if table.source in ends and old_tables.exists(table.name):
            yield table, ends[table.source]


def _digests(rows: list[OpaqueRow]) -> dict[str, OpaqueRow]:
    """The rows by the digests of their tokens, without those whose token was blanked."""
    return {digest_of(row.stored): row for row in rows if not old_tables.is_blank(row.stored)}


def _copy(table: OpaqueTable, rows: list[OpaqueRow], ends_at: int, renews: bool) -> int:
    """Copy a batch in one short transaction. Rows that another run has copied meanwhile stay as they are."""
    by_digest = _digests(rows)
    with transaction.atomic(using=router.db_for_write(CopiedToken)):
        known = set(CopiedToken.objects.filter(digest__in=by_digest).values_list("digest", flat=True))
        new = [
            CopiedToken(source=table.source, digest=digest, expires_at=_end(row, ends_at, renews))
            for digest, row in by_digest.items()
            if digest not in known
        ]
        CopiedToken.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _end(row: OpaqueRow, ends_at: int, renews: bool) -> int:
    """When a copy ends, in seconds since 1970. A use moves the expiry of a row that is renewed, so the row tells."""
    return ends_at if row.expires_at is None or renews else min(row.expires_at, ends_at)


def end_of(stored: str) -> int | None:
    """When the copy of a token ends, in seconds since 1970; None where there is none."""
    return CopiedToken.objects.filter(digest=digest_of(stored)).values_list("expires_at", flat=True).first()


def count(source: str) -> int:
    """How many copies of a package there are."""
    return CopiedToken.objects.filter(source=source).count()
