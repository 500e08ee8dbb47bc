"""A signed link is good for ever.

`signing.loads` and `unsign` without `max_age` ask who signed, not when. A link from an old mail, a forwarded
message or a log of a proxy works years later.

Reported where a view opens what came in the request, and then logs in, sets a password or changes a row by it.
Silent where `max_age` is given, and on cookies.

Fix: `signing.loads(text, salt=..., max_age=3600)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.walking import walk

ID = "BT614"
TITLE = "Signed link never ends"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_USES = frozenset({Act.ISSUES, Act.SETS, Act.CREATES})
_STATE = ("active", "verified", "confirmed", "activated", "email", "mail", "phone")
"""Columns that say whose account it is, or that it may be used."""


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, where in in_views(project, ID, partial(_found, project)):
        place = Place(*where)
        if place not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} accepts what was signed at any time.",
                attack="A link from an old mail or a log opens the account years later.",
                fix="signing.loads(text, salt=..., max_age=3600)",
            )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    opened = [e for e in effects if e.act is Act.OPENS and e.name == "ageless" and not _in_signer(project, e.where)]
    from_link = [e for e in opened if not sent(e.value) or _by_link(e)]
    if from_link and (any(effect.act in _USES for effect in effects) or _changes_state(project, endpoint)):
        yield [endpoint.told, written(from_link[0].where)]


def _by_link(effect: Effect) -> bool:
    return any(source.part not in {"COOKIES", "session"} for source in sent(effect.value))


def _in_signer(project: Project, place: Place) -> bool:
    """A signer of the project's own calls the one it derives from, and looks at the age itself."""
    module = project.python.module(place.path)
    functions = module.nodes(ast.FunctionDef) if module is not None else ()
    return any(
        each.name.startswith("unsign") and each.lineno <= place.line_start <= (each.end_lineno or 0)
        for each in functions
    )


def _changes_state(project: Project, endpoint: Endpoint) -> bool:
    for _, piece in project.routes.code_of(endpoint):
        for node in walk(piece):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=name)]) if has_word(name, *_STATE):
                    return True
                case _:
                    pass
    return False
