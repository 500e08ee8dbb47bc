"""Any password is accepted.

Without AUTH_PASSWORD_VALIDATORS Django takes every password, the empty-headed ones first: `123456` logs in,
and so does whoever tries it. The default of the setting is an empty list; the project template fills it,
and people comment it out while they develop.

Fix: the four validators of the project template, with a minimum length of 15 where the password is the only
factor.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Items, Value, leaves, never_set

ID = "BT701"
TITLE = "Any password is accepted"
CWE = "CWE-521"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_NAME = "AUTH_PASSWORD_VALIDATORS"
_VALIDATORS = "django.contrib.auth.password_validation"


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get(_NAME)
        if not settings.installed("django.contrib.auth"):
            continue
        if never_set(value) or all(_is_empty(option) for option in leaves(value)):
            told = "not set" if never_set(value) else "empty"
            yield Hit(
                where=settings.missing(_NAME) if never_set(value) else value.where,
                message=f"{_NAME} is {told} in the production settings ({settings.site.production}).",
                attack="The first passwords of every guessing list fit some account.",
                fix=f"{_NAME} = [\n"
                f'    {{"NAME": "{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {{"min_length": 15}}}},\n'
                f'    {{"NAME": "{_VALIDATORS}.CommonPasswordValidator"}},\n'
                f'    {{"NAME": "{_VALIDATORS}.UserAttributeSimilarityValidator"}},\n]',
            )


def _is_empty(value: Value) -> bool:
    return isinstance(value, Items) and value.complete and not value.items
