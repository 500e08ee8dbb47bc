"""How many issuers may begin by themselves, where `ISSUER` is a callable and `ISSUERS` names none."""

from __future__ import annotations

from django.db.models import F

from .. import conf
from ..errors import UnknownIssuer
from ..models import Issuer

MOST = 16
"""Issuers that get a key ring at their first login without being named."""


def check_issuer_limit(using: str, issuer: str) -> None:
    """Raise `UnknownIssuer` when another issuer would be one too many; call it where its first key is made.

    The rows of the others are written as they are, so that those who begin at once wait for each other, and each
    counts those before it: a lock alone would let a snapshot at REPEATABLE READ miss them. An issuer that `ISSUERS`
    names, or that the settings give without a request, is always accepted.
    """
    config = conf.current()
    if isinstance(config.issuer, str) or config.issuers is not None or issuer == conf.issuer_without_request():
        return
    others = Issuer.objects.using(using).exclude(name=issuer)
    others.update(ring_version=F("ring_version"))
    if others.count() >= MOST:
        conf.logger.error("no keys are made for %s: %d issuers have begun. %s", issuer, MOST, conf.NAME_ISSUERS)
        raise UnknownIssuer(f"{MOST} issuers have begun by themselves. {conf.NAME_ISSUERS}")
