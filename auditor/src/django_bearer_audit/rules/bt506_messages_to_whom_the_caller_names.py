"""Anybody has messages sent to anybody.

The view sends a mail or a text message to an address or number from the request, with a text from the request.
It asks nobody who they are, and counts nothing: it is a relay for spam and fraud in the name of the project,
and text messages cost money.

Silent where the text is the project's own, where attempts are counted or a captcha is asked, on throttled views,
and where the recipient is fixed, as in a contact form.

Fix: ask for a login, send texts of the project only, and limit the rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import counts_attempts, sent
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Who

ID = "BT506"
TITLE = "Messages to whom the caller names"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_TEXTS = ("message", "text", "body", "content", "subject", "msg", "title", "comment", "html")


def check(project: Project) -> Iterator[Hit]:
    for route, where in in_views(project, ID, _found):
        yield Hit(
            where=Place(*where),
            message=f"{route} sends a text of the caller to whom the caller names.",
            attack="A script sends fraud to thousands in the name of this project.",
            fix="permission_classes = [IsAuthenticated]\nthrottle_classes = [ScopedRateThrottle]",
        )


def _found(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    limited = endpoint.throttle.names != () or counts_attempts(effects)
    if endpoint.who is not Who.EVERYBODY or limited or endpoint.purpose not in {Purpose.OTHER, Purpose.PUBLIC}:
        return
    for effect in effects:
        texts = [s for s in sent(effect.value) if has_word(s.name, *_TEXTS)]
        if effect.act is Act.SENDS and texts and sent(effect.other) and not effect.other.done:
            yield [endpoint.told, written(effect.where)]
            return
