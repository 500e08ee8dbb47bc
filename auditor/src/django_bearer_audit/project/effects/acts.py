"""What code does, as far as tokens and passwords are concerned."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.value import NOTHING, Value


class Act(StrEnum):
    """The kinds of effects."""

    READS = "reads a secret from the request"
    CHECKS = "compares a secret"
    LOOKS_UP = "looks rows up by what was sent"
    ISSUES = "issues a credential"
    CREATES = "creates an account"
    SETS = "sets a password"
    VALIDATES = "validates a password"
    SENDS = "mails or texts"
    LINKS = "builds a link"
    ENDS = "ends a credential"
    COUNTS = "counts attempts"
    ASKS = "asks who is calling"
    RETURNS = "answers with it"
    LOGS = "logs it"
    STORES = "stores it"
    COOKIE = "puts it into a cookie"
    OPENS = "reads a signed token"
    CALLS = "asks another service"
    ACCEPTS = "accepts a connection"


class Effect(NamedTuple):
    """One thing that a function does, in its own code or in what it calls."""

    act: Act
    where: Place
    by: str = ""
    """What does it: the full name of a function, or a form such as `==`."""
    value: Value = NOTHING
    """The secret, the password, or what is sent."""
    other: Value = NOTHING
    """What it is compared with, whose account it is, whom it is sent to."""
    name: str = ""
    """The column, cookie or key of an answer that it gets into."""
    through: tuple[Place, ...] = ()
    """The calls on the way to it, outermost first."""
    given: frozenset[tuple[Place, bool]] = frozenset()
    """The checks that were asked before, with their outcome, where it happens only then."""


class Returned(NamedTuple):
    """One `return`: its value, and the outcome of the checks on the way to it."""

    value: Value
    where: Place
    given: frozenset[tuple[Place, bool]] = frozenset()


class Summary(NamedTuple):
    """What a function does and returns, for any arguments."""

    effects: tuple[Effect, ...] = ()
    returned: tuple[Returned, ...] = ()
    stores: tuple[tuple[str, Value], ...] = ()
    """What it puts into attributes of its object."""
    raises: frozenset[frozenset[tuple[Place, bool]]] = frozenset()
    """The outcomes of checks under which it raises."""
    whole: bool = True
    """False when something was too large or too deep to follow."""

    def of(self, *acts: Act) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.act in acts)


EMPTY = Summary()
