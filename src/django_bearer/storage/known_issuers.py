"""Which issuers there are: for commands, which no request tells of one, and which therefore act on all."""

from __future__ import annotations

from .. import conf
from ..models import ApiToken, Issuer, Session, SigningKey
from . import place


def configured() -> str | None:
    """The issuer that the settings name without a request; None where only a request could tell."""
    if isinstance(conf.current().issuer, str):
        return conf.issuer()
    try:
        return conf.issuer(None)
    except Exception:
        return None  # a callable of the project's that looks into its request, and there is none


def with_keys() -> list[str]:
    """Every issuer that has a row or a key, and the configured one, in order."""
    names = set(_names(Issuer, "name")) | set(_names(SigningKey, "issuer"))
    return _sorted(names)


def with_anything() -> list[str]:
    """The same, and every issuer of a session or an API token, which may be there without a key."""
    tables = ((Issuer, "name"), (SigningKey, "issuer"), (Session, "issuer"), (ApiToken, "issuer"))
    return _sorted({name for model, column in tables for name in _names(model, column)})


def _names(model: type[Issuer | SigningKey | Session | ApiToken], column: str) -> list[str]:
    rows = model._default_manager.using(place.alias()).order_by()
    return list(rows.values_list(column, flat=True).distinct())


def _sorted(names: set[str]) -> list[str]:
    own = configured()
    return sorted(names if own is None else names | {own})
