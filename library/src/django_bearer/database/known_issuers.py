"""Which issuers there are: for commands, which no request tells of one, and which therefore act on all."""

from __future__ import annotations

from .. import conf
from ..models import ApiToken, Issuer, Session, SigningKey
from . import aliases


def with_keys() -> list[str]:
    """Every issuer that has a row or a key, and the configured one, in order."""
    names = set(_names(Issuer, "name")) | set(_names(SigningKey, "issuer"))
    return _sorted(names)


def with_anything() -> list[str]:
    """The same, and every issuer of a session or an API token, which may be there without a key."""
    tables = ((Issuer, "name"), (SigningKey, "issuer"), (Session, "issuer"), (ApiToken, "issuer"))
    return _sorted({name for model, column in tables for name in _names(model, column)})


def could_begin(name: str) -> bool:
    """Whether the settings name this issuer, so that it may get its first key by a command."""
    listed = conf.current().issuers
    return name == conf.issuer_without_request() or (isinstance(listed, frozenset) and name in listed)


def _names(model: type[Issuer | SigningKey | Session | ApiToken], column: str) -> list[str]:
    rows = model._default_manager.using(aliases.sessions_alias()).order_by()
    return list(rows.values_list(column, flat=True).distinct())


def _sorted(names: set[str]) -> list[str]:
    return sorted(names | {conf.issuer_without_request()} - {""})
