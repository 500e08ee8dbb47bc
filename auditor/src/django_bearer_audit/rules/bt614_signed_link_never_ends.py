"""A signed link is good for ever.

`signing.loads` and `unsign` without `max_age` ask who signed, not when. A link from an old mail, a forwarded
message or a log of a proxy works years later.

Reported where a view opens what came in the request, and then logs in, sets a password or changes a row by it.
Silent where `max_age` is given, and on cookies.

Low for a token of a mail that lies in a column of the account, where nothing says until when.

Fix: `signing.loads(text, salt=..., max_age=3600)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word, is_secret
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.routes.only_login import whole_view
from django_bearer_audit.project.walking import walk

ID = "BT614"
TITLE = "Signed link never ends"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_USES = frozenset({Act.ISSUES, Act.SETS, Act.CREATES})
_MAILED = ("reset", "verification", "verify", "activation", "confirmation", "confirm", "email", "magic", "recovery")
_TIMES = ("expires", "expiry", "expire", "expired", "valid", "until", "sent", "generated", "issued", "created")
_LOOKS_AT_TIME = re.compile(r"timedelta|timezone\.now|datetime\.|expir|time\.time", re.I)
_STATE = ("active", "verified", "confirmed", "activated", "email", "mail", "phone")
"""Columns that say whose account it is, or that it may be used."""


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, column, where in in_views(project, f"{ID} column", partial(_by_column, project)):
        place = Place(*where)
        if place not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} accepts what {column} of an account holds, however long ago it was mailed.",
                attack="A link from an old mail or a log opens the account years later.",
                fix=f"{column}_expires_at = models.DateTimeField(null=True)  # and a check at the lookup",
                severity=Severity.LOW,
            )
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


def _by_column(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """An account is found by a token in a column of its own, and is opened by it; nothing looks at the time."""
    asked = next((e for e in effects if _asks_by_token(e)), None)
    opens = any(e.act in _USES for e in effects) or any(_switches_on(e) for e in effects)
    if asked is None or not opens:
        return
    said = (ast.unparse(piece) for _, piece in project.routes.code_of(endpoint))
    model = next((s.part for s in asked.other.of(Kind.STORED)), "")
    dated = any(
        "Date" in field.kind and has_word(field.name, *_TIMES)
        for each in project.models.all
        for field in each.own
        if any(own.name == asked.name for own in each.own)
    )
    if model == "User" and not dated and not any(map(_LOOKS_AT_TIME.search, said)):
        yield [endpoint.told, asked.name, written(whole_view(endpoint))]


def _asks_by_token(effect: Effect) -> bool:
    """`User.objects.get(reset_token=…)` by what was sent, as it was sent: a signature may have an end of its own."""
    parts = {source.part for source in sent(effect.value)}
    plain = effect.act is Act.LOOKS_UP and not effect.value.done and is_secret(effect.name)
    return plain and bool(parts & {"path", "GET", "query_params", "POST", "data"}) and has_word(effect.name, *_MAILED)


def _switches_on(effect: Effect) -> bool:
    return effect.act is Act.STORES and effect.by == "column" and has_word(effect.name, *_STATE)


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
