"""What is kept on a request: the credential that it sent, and what was decided of it on which basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.http import HttpRequest

from ..accounts import request_policy
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


Rulings = dict[tuple[int, bool], tuple[Principal | Failure, Principal | Failure]]
"""By the `id()` of an outcome, and whether the route was known: the outcome, and what `REQUEST_POLICY` made of it."""


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
    has_policy: bool = False
    rulings: Rulings = field(default_factory=dict)
    plain_http: tuple[Failure | None] | None = None

    def judged(self, request: HttpRequest, outcome: Principal | Failure) -> Principal | Failure:
        """What the project's policy makes of an outcome: asked once before the route is known, once for the route."""
        name = (id(outcome), request.resolver_match is not None)
        if name not in self.rulings:
            self.rulings[name] = (outcome, request_policy.judged(outcome, request))
        return self.rulings[name][1]
