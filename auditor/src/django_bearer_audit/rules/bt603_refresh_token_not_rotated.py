"""A used refresh token stays good.

simplejwt and ninja-jwt hand out refresh tokens that can be used again and again until they expire. Only
rotation with a denylist makes a copy useless and makes theft visible. The denylist is an app of its own:
without it in INSTALLED_APPS, `BLACKLIST_AFTER_ROTATION` and the blacklist view quietly do nothing.

Fix: rotation, denylist and its app, all three.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Absent, Known, Table, leaves

ID = "BT603"
TITLE = "Used refresh token stays good"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_APPS = {"SIMPLE_JWT": "rest_framework_simplejwt.token_blacklist", "NINJA_JWT": "ninja_jwt.token_blacklist"}


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        for name, app in _APPS.items():
            table = settings.get(name)
            if isinstance(table, Table) and settings.site.whole and project.uses(app.split(".")[0]):
                wrong = list(_missing(settings, name, app))
                if wrong:
                    yield _hit(name, app, table, wrong)


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
