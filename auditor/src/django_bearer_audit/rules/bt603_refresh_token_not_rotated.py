"""A used refresh token stays good.

simplejwt and ninja-jwt hand out refresh tokens that can be used again and again until they expire. Only
rotation with a denylist makes a copy useless and makes theft visible. The denylist is an app of its own:
without it in INSTALLED_APPS, `BLACKLIST_AFTER_ROTATION` and the blacklist view quietly do nothing.

A view of the project's own that opens a refresh token and answers with an access token does what its code says,
whatever the settings are: it is reported unless it ends the token that was sent.

Fix: rotation, denylist and its app, all three.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent, tried
from django_bearer_audit.project.effects.value import How
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Absent, Known, Table, leaves

ID = "BT603"
TITLE = "Used refresh token stays good"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_APPS = {"SIMPLE_JWT": "rest_framework_simplejwt.token_blacklist", "NINJA_JWT": "ninja_jwt.token_blacklist"}


_GIVEN = frozenset({Act.RETURNS, Act.COOKIE})


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, where in in_views(project, ID, _renewed, safe=False):
        if (place := Place(*where)) not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} gives an access token for a refresh token, and leaves the refresh token as it is.",
                attack="A copied refresh token renews access beside its owner until it expires, and nobody is told.",
                fix="refresh.blacklist()\nreturn Response(tokens_for(user))  # a new pair each time",
            )
    for settings in project.settings:
        for name, app in _APPS.items():
            table = settings.get(name)
            if isinstance(table, Table) and settings.site.whole and project.uses(app.split(".")[0]):
                wrong = list(_missing(settings, name, app))
                if wrong:
                    yield _hit(name, app, table, wrong)


def _renewed(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A refresh token that was sent is opened, an access token is given for it, and nothing ends or changes."""
    if any(effect.act in {Act.ENDS, Act.STORES} or tried(effect) is not None for effect in effects):
        return
    for opened in effects:
        if opened.act is Act.OPENS and _is_refresh(opened) and any(_for(opened, effect) for effect in effects):
            yield [endpoint.told, written(opened.where)]
            return


def _is_refresh(opened: Effect) -> bool:
    named = any(has_word(source.name, "refresh") for source in sent(opened.value))
    return opened.by.endswith("tokens.RefreshToken") or (named and bool(sent(opened.value)))


def _for(opened: Effect, given: Effect) -> bool:
    """An answer or a cookie that is signed anew, out of what was opened or beside it."""
    if given.act not in _GIVEN or not given.value.was(How.SIGNED):
        return False
    return any(done.how is How.OPENED and done.where == opened.where for done in given.value.done)


def _missing(settings: Settings, name: str, app: str) -> Iterator[str]:
    for entry in ("ROTATE_REFRESH_TOKENS", "BLACKLIST_AFTER_ROTATION"):
        options = list(leaves(settings.get(name, entry)))
        if all(isinstance(o, Absent) or (isinstance(o, Known) and not o.value) for o in options):
            yield f"{entry} is off"
    if settings.whole and not settings.installed(app):
        yield f"{app} is not in INSTALLED_APPS"


def _hit(name: str, app: str, table: Table, wrong: list[str]) -> Hit:
    return Hit(
        where=table.where,
        message=f"{name}: {'; '.join(wrong)}.",
        attack="A copied refresh token renews access beside its owner until it expires, and nobody is told.",
        fix=f'INSTALLED_APPS += ["{app}"]\n'
        f'{name} = {{..., "ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}}',
    )
