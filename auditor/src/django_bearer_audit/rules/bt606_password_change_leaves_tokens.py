"""A new password leaves the old tokens alive.

People change a password because somebody else may have it. If that somebody already holds a token, the change
does nothing to it. Django ends sessions on its own when the password changes; tokens it does not know.

Silent when the view ends tokens or empties their column, when simplejwt's CHECK_REVOKE_TOKEN is on, and in projects
without tokens. API keys that are managed on their own are no part of a login.

Fix: blacklist the user's outstanding tokens (or delete the token rows) where the password is set.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.admin_forms import in_admin_form
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import of_known_account, sets_sent_password
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.jwt import is_login_token
from django_bearer_audit.project.flow.logins import ENDS
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import always
from django_bearer_audit.project.walking import walk

ID = "BT606"
TITLE = "Password change leaves tokens alive"
CWE = "CWE-613"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_PACKAGES = ("rest_framework_simplejwt", "rest_framework_jwt", "ninja_jwt", "knox", "dj_rest_auth")
_PROVES = frozenset({"check_password", "acheck_password", "check_token"})
_CHANGES = ("change", "reset", "confirm", "update", "new", "forgot", "recover", "set")

_DELETES = re.compile(r"\.a?delete\(")
_LOGINS = re.compile(r"token|session|outstanding|knox|refresh|request\.auth\b|api_?key", re.I)
_ONE_TIME = re.compile(r"reset|otp|verif|confirm|activat|forgot|forget|recover|\bcode", re.I)
_EMPTIES = re.compile(r"\.(auth|api|access|session|login)_?(token|key) = (''|None|secrets\.|get_random_string)")
"""A login token kept in a column ends when the column is emptied or filled anew; the one of a reset is no login."""


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for hit in _by_calls(project):
        told.add(hit.where)
        yield hit
    for where in in_views(project, ID, partial(_changed_by, project), safe=False):
        place = Place(*where)
        if not any(place.path == each.path and place.line_start == each.line_start for each in told):
            told.add(place)
            yield _hit(place, None)


def _changed_by(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A view whose code, wherever it lies, proves who asks and sets a password that was sent."""
    sets = [effect for effect in effects if effect.act is Act.SETS and sets_sent_password(effect)]
    known = [effect for effect in sets if of_known_account(effect)]
    proves = any(
        effect.act in {Act.CHECKS, Act.OPENS} and effect.by.rpartition(".")[2] in _PROVES for effect in effects
    )
    if not known or not proves or not _has_tokens(project, endpoint.where.path):
        return
    code = [piece for _, piece in project.routes.code_of(endpoint)]
    if not any(_ends(piece) or _EMPTIES.search(ast.unparse(piece)) for piece in code):
        yield from (written(effect.where) for effect in known)


@modules_with("set_password(", "make_password(")
def _by_calls(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        function = module.function_around(call)
        account = _account(module, call)
        if function is None or account is None or not _changes(project, module, call, function, account):
            continue
        code = ast.unparse(function)
        if _has_tokens(project, module.path) and not _ends(function) and not _EMPTIES.search(code):
            yield _hit(module.place(call), Persona.PEDANTIC if in_admin_form(project, module, call) else None)


def _hit(where: Place, persona: Persona | None) -> Hit:
    return Hit(
        where=where,
        message="The password changes and no token of the user ends.",
        attack="Whoever stole a token keeps the account after the password was changed.",
        fix="for token in OutstandingToken.objects.filter(user=user):\n"
        "    BlacklistedToken.objects.get_or_create(token=token)",
        persona=persona,
    )


def _account(module: Module, call: ast.Call) -> ast.expr | None:
    """Whose password is set: `user.set_password(…)`, `user.password = make_password(…)`."""
    match call, module.parents.get(call):
        case ast.Call(func=ast.Attribute(value=account, attr="set_password"), args=[_]), _:
            return account
        case (
            ast.Call(func=ast.Name(id="make_password") | ast.Attribute(attr="make_password"), args=[_, *_]),
            ast.Assign(targets=[ast.Attribute(value=account, attr="password")]),
        ):
            return account
        case _:
            return None


def _ends(function: Function) -> bool:
    """Whether tokens end here; the row of the reset itself, deleted after use, is no login."""
    for node in walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="delete" | "adelete")):
                said = ast.unparse(owner)
                if isinstance(owner, ast.Name):
                    stored = (a.value for a in walk(function) if isinstance(a, ast.Assign) and _binds(a, owner.id))
                    said += " " + " ".join(map(ast.unparse, stored))
                if _LOGINS.search(said) and not _ONE_TIME.search(said):
                    return True
            case _:
                pass
    return bool(ENDS.search(_DELETES.sub("", ast.unparse(function))))


def _binds(assign: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in assign.targets)


def _changes(project: Project, module: Module, call: ast.Call, function: Function, account: ast.expr) -> bool:
    """A change by its owner or a reset, as told by what is checked or by a name; not a registration."""
    if _is_caller(project, module, function, account):
        return bool(sent_by_caller(project.functions, module, call.args[0]))
    owner = next((scope.name for scope in module.enclosing(call) if isinstance(scope, ast.ClassDef)), "")
    names = f"{function.name}_{owner}"
    says_so = has_word(names, *_CHANGES) and has_word(names, "password", "pass", "pwd", "passwd")
    code = ast.unparse(function)
    proves = "check_password(" in code or "check_token(" in code
    return (says_so or proves) and bool(sent_by_caller(project.functions, module, call.args[0]))


def _is_caller(project: Project, module: Module, function: Function, account: ast.expr) -> bool:
    """`request.user`, by that name or by another: whoever is logged in has a password already."""
    given = project.functions.stored(module, function, account.id) if isinstance(account, ast.Name) else [account]
    said = [ast.unparse(each) for each in given]
    return any(each.endswith(("request.user", "request.auth", "['request'].user")) for each in said)


def _has_tokens(project: Project, path: str) -> bool:
    settings = project.settings_for(path)
    if settings is None or always(settings.get("SIMPLE_JWT", "CHECK_REVOKE_TOKEN"), True):
        return False
    default = settings.names("REST_FRAMEWORK", "DEFAULT_AUTHENTICATION_CLASSES") or ()
    return (
        settings.installed(*_PACKAGES)
        or any(name.endswith(".TokenAuthentication") for name in default)
        or any(is_login_token(*made) for made in project.calls("jwt.encode", "jose.jwt.encode"))
        or project.uses("rest_framework_simplejwt")
        or project.uses("rest_framework_jwt")
    )
