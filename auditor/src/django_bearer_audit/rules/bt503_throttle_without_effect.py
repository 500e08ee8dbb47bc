"""A throttle that is set and does nothing.

REST framework reads a rate as number/second, minute, hour or day, one window each. A rate it cannot read
breaks the first request; a class without a rate lets everything through; rates without a class, and scopes
without ScopedRateThrottle, are read by nobody.

Not reported: throttle classes of the project's own (they may read rates as they like), classes or rates
that cannot be known here.

Fix: the class, its scope and a rate that REST framework can read, all three.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.rates import SCOPED, SCOPES, why_unparsable
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Table, always, never_set, text

ID = "BT503"
TITLE = "Throttle without effect"
CWE = "CWE-307"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_ATTACK = "The limit everybody believes in does not exist: passwords and codes are tried without end."


def check(project: Project) -> Iterator[Hit]:
    own = _own_throttles(project)
    for settings in project.settings:
        rates = settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_RATES")
        classes = settings.names("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES")
        unset = never_set(settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES"))
        if isinstance(rates, Table) and not own:
            yield from _unparsable(rates)
            if (unset or classes == ()) and rates.entries and not _in_views(project):
                yield _hit(rates.where, "Rates are set, and no throttle class that reads them.", _classes_fix())
        if classes and not own:
            yield from _without_rates(settings, classes)


def _unparsable(rates: Table) -> Iterator[Hit]:
    for scope, value in rates.entries.items():
        rate = text(value)
        why = why_unparsable(rate) if rate is not None else None
        if why:
            told = f"The rate {rate!r} of scope {str(scope)!r} cannot be read: {why}."
            yield _hit(value.where, told, f'"{scope!s}": "10/hour"  # one window; for several use a class for each')


def _without_rates(settings: Settings, classes: tuple[str, ...]) -> Iterator[Hit]:
    for name in classes:
        scope = SCOPES.get(name)
        value = settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_RATES", scope) if scope else None
        if value is not None and (never_set(value) or always(value, None)):
            where = settings.get("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES").where
            told = f"{name.rpartition('.')[2]} has no rate for its scope {scope!r}: it lets all through."
            yield _hit(where, told, f'"DEFAULT_THROTTLE_RATES": {{"{scope}": "100/hour"}}')


def _own_throttles(project: Project) -> bool:
    """A class that parses rates itself may read what REST framework cannot."""
    return any(
        node.name == "parse_rate" or node.name == "get_rate"
        for module in project.python.with_words("def parse_rate", "def get_rate")
        for node in module.nodes(ast.FunctionDef)
    )


def _in_views(project: Project) -> bool:
    return any(True for _ in project.python.with_words("throttle_classes", "Throttle)", "get_throttles", SCOPED))


def _classes_fix() -> str:
    return '"DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle", ...]'


def _hit(where: Place, told: str, fix: str) -> Hit:
    return Hit(where=where, message=told, attack=_ATTACK, fix=fix)
