"""What is kept on a request: the credential that it sent, and what was decided of it on which basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..accounts.principal import Principal
from ..database.aliases import DatabaseContext
from ..errors import Failure
from ..sessions.tickets import Redemption
from .bearer_header import Bearer


class Basis(NamedTuple):
    """What an outcome depends on besides the token."""

    place: DatabaseContext
    issuer: str
    audience: str
    urlconf: Any


@dataclass(slots=True)
class RequestState:
    """What a request sent, and the outcomes so far.

    It is read once: a header that a middleware adds later, from a cookie for example, was not sent by the client and
    must not lift the CSRF check.
    """

    found: Bearer | Redemption | Failure | None
    outcomes: dict[Basis, Principal | Failure] = field(default_factory=dict)
    recorded: set[int] = field(default_factory=set)
    asked: bool = False
    exact: bool = False
    """Whether the database is to be asked, whatever REVOCATION says."""
    plain_http: tuple[Failure | None] | None = None
