"""A cookie that logs in lives for half a year or longer.

A cookie is copied by whoever gets at the browser, a backup of its profile or a stolen laptop. One that is good
for a year opens the account long after everybody has forgotten it.

Reported for cookies with a token in them, by their name or by what is put in, and for SESSION_COOKIE_AGE.
Silent below 180 days.

Fix: `max_age=` of days, and a session that the server can end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import How, Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word, is_secret
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Env, Known, Value, leaves, text

ID = "BT613"
TITLE = "Login cookie lives long"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_LONG = timedelta(days=180)


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        age = settings.get("SESSION_COOKIE_AGE")
        lives = _duration(age)
        if lives is not None and lives >= _LONG:
            yield _hit(age.where, "SESSION_COOKIE_AGE", lives)
    tokens = {Place(*where) for where in in_views(project, ID, _with_token)}
    for module in project.python.with_words("set_cookie", "set_signed_cookie"):
        for call in module.nodes(ast.Call):
            name = _cookie(project, module, call)
            where = module.place(call)
            lives = _duration(_age(project, module, call)) if name is not None else None
            if lives is not None and lives >= _LONG and (_is_login(name or "") or where in tokens):
                yield _hit(where, f"The cookie {name}", lives)


def _with_token(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[Any]:
    """Cookies whose content is chance, signed, or a secret of a row."""
    for effect in effects:
        value = effect.value
        secret = any(is_secret(source.name) for source in value.of(Kind.STORED))
        if effect.act is Act.COOKIE and (value.of(Kind.CHANCE, Kind.WEAK) or value.was(How.SIGNED) or secret):
            yield written(effect.where)


def _is_login(name: str) -> bool:
    return is_secret(name) or has_word(
        name, "session", "sessionid", "sid", "auth", "login", "remember", "refresh", "access"
    )


def _cookie(project: Project, module: Module, call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in {"set_cookie", "set_signed_cookie"}:
        return None
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "key"), None)
    return (text(project.value(module, given)) or "?") if given is not None else None


def _age(project: Project, module: Module, call: ast.Call) -> Value | None:
    given = next((k.value for k in call.keywords if k.arg == "max_age"), None)
    given = given or (call.args[2] if len(call.args) > 2 else None)
    return project.value(module, given) if given is not None else None


def _duration(value: Value | None) -> timedelta | None:
    known = [leaf.default if isinstance(leaf, Env) else leaf for leaf in leaves(value)] if value is not None else []
    found = [leaf.value for leaf in known if isinstance(leaf, Known)]
    held = found[0] if len(found) == 1 else None
    if isinstance(held, timedelta):
        return held
    usable = isinstance(held, int | float) and not isinstance(held, bool) and 0 < held < 10**10
    return timedelta(seconds=float(held)) if usable and isinstance(held, int | float) else None


def _hit(where: Place, what: str, lives: timedelta) -> Hit:
    return Hit(
        where=where,
        message=f"{what} lives {lives.days} days.",
        attack="A cookie from an old laptop or a backup opens the account months later.",
        fix="max_age=14 * 24 * 3600  # and end the session on the server at logout",
    )
