"""A password is mailed.

A mailbox keeps it for years, the mail passes servers of others, and the password is used elsewhere too.

Reported where the password that somebody chose, or one that is made for an account, is in the text that is sent.

Fix: mail a link by which the owner sets a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import is_password
from django_bearer_audit.project.routes.facts import Endpoint

ID = "BT719"
TITLE = "Password is mailed"
CWE = "CWE-522"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, where in in_views(project, ID, _found, safe=False):
        place = Place(*where)
        if place not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} mails the password.",
                attack="Whoever reads the mailbox, today or in years, has a password that works.",
                fix="uid, token = encode(user.pk), default_token_generator.make_token(user)  # a link to set one",
            )


def _found(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    made = {s for e in effects if e.act is Act.SETS for s in e.value.of(Kind.CHANCE, Kind.WEAK)}
    for effect in effects:
        if effect.act is Act.SENDS and not effect.value.done:
            chosen = any(is_password(source.name) for source in effect.value.of(Kind.REQUEST))
            if chosen or made & effect.value.sources:
                yield [endpoint.told, written(effect.where)]
