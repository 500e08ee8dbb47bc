"""Rehash: the same password under a new hash, stored so that no session of the user notices.

Django hashes a password again at login when its hash is out of date. Several logins may do so at once, each with a
salt of its own; the first one wins, and a login of ours that lost is run again and finds the new hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.db import transaction

from ..database import aliases, issuers
from ..database.conflicts import LostRace
from ..models import ApiToken, Session
from .password_fingerprint import of_encoded

_runs_again: ContextVar[bool] = ContextVar("django_bearer_login_runs_again", default=False)


@contextmanager
def lost_runs_again() -> Iterator[None]:
    """Within it, a rehash that comes second raises `LostRace` instead of overwriting the first."""
    token = _runs_again.set(True)
    try:
        yield
    finally:
        _runs_again.reset(token)


def before_save(user: Any, using: str) -> None:
    """Store the new hash that `user` is about to be saved with, together with the sessions that shall accept it.

    Nothing is done when the stored hash is not out of date: any other way of writing one is a changed password.
    """
    field = user._meta.get_field("password")
    pk = getattr(user, field.model._meta.pk.attname)
    rows = field.model._base_manager.using(using).filter(pk=pk)
    before = rows.values_list("password", flat=True).first()
    if before is None or _is_outdated(user.password):
        return
    if not (_is_outdated(before) and _replace(rows, before, user)) and _runs_again.get():
        raise LostRace("another login has stored a new hash of this password")


def _replace(rows: Any, before: str, user: Any) -> bool:
    """Both hashes are good for the sessions before the new one is the user's. False when `before` is gone already."""
    old, new = of_encoded(before), of_encoded(user.password)
    with transaction.atomic(using=rows.db):
        if not rows.filter(password=before).update(password=before):  # which also keeps everybody else waiting
            return False
        beside = aliases.sessions_of(rows.db)
        for table in (Session, ApiToken) if beside is not None else ():
            mine = table._base_manager.using(beside).filter(user_id=user.pk)
            # Either fingerprint is of the same password; the older of three drops out.
            mine.filter(rehashed_fingerprint=old).update(password_fingerprint=old, rehashed_fingerprint=new)
            mine.filter(password_fingerprint=old).update(rehashed_fingerprint=new)
        if beside is not None:
            issuers.note_rehash(user.pk, old, new, beside)
        rows.update(password=user.password)
    return True


def _is_outdated(encoded: str) -> bool:
    """Whether Django would hash this password again at the next login."""
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        return False
    preferred = get_hasher()
    return bool(hasher.algorithm != preferred.algorithm or preferred.must_update(encoded))
