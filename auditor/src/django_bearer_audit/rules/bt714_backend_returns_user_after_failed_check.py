"""A back end returns the user although the password is wrong.

What `authenticate` returns is logged in. A check whose answer is not used, or a `return user` on the path where
the check failed, opens every account to any password. The rule follows the outcome of each check along the
paths of the function.

Silent where the user is returned only after the check has passed, and where the password goes to another
service.

Fix: `if user.check_password(password): return user`, and None otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect, Summary
from django_bearer_audit.project.effects.value import Rows
from django_bearer_audit.project.flow.words import is_password
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT714"
TITLE = "Failed check lets in"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_NAMES = frozenset({"authenticate", "aauthenticate", "authenticate_credentials"})


@modules_with("def authenticate", "def aauthenticate")
def check(project: Project, module: Module) -> Iterator[Hit]:
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        if function.name in _NAMES and isinstance(module.parents.get(function), ast.ClassDef):
            where = _lets_in(module, function, project.effects.of(module, function))
            if where is not None:
                yield Hit(
                    where=where,
                    message=f"{function.name} returns the user whether the password is right or not.",
                    attack="Any password opens any account.",
                    fix="if user.check_password(password):\n    return user\nreturn None",
                )


def _lets_in(module: Module, function: Function, summary: Summary) -> Place | None:
    """Where a user is returned without a right password."""
    users = [each for each in summary.returned if isinstance(each.value.what, Rows) and each.value.what.one]
    users += [each for each in summary.returned if any(_is_user(held) for _, held in each.value.items)]
    checks = {effect.where for effect in summary.effects if effect.act is Act.CHECKS and _of_password(effect)}
    for each in users:
        if any((check, False) in each.given for check in checks):
            return each.where
    ignored = [check for check in checks if _answer_is_unused(module, function, check)]
    if users and ignored and not any((check, True) in each.given for each in users for check in checks):
        return ignored[0]
    return users[0].where if users and not checks and _ignores_password(function) else None


def _of_password(effect: Effect) -> bool:
    names = [step.strip(".[]") for s in effect.value.sources for step in (s.name, *s.steps)]
    return "passw" in effect.by or effect.by.endswith("checkpw") or any(map(is_password, names))


def _is_user(value: object) -> bool:
    what = getattr(value, "what", None)
    return isinstance(what, Rows) and what.one


def _answer_is_unused(module: Module, function: Function, check: Place) -> bool:
    """`user.check_password(password)` as a statement of its own."""
    return any(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and module.place(node.value) == check
        for node in walk(function)
    )


def _ignores_password(function: Function) -> bool:
    """A password is a parameter, and nothing reads it."""
    given = {each.arg for each in (*function.args.args, *function.args.kwonlyargs) if is_password(each.arg)}
    read = {node.id for node in walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return bool(given) and not given & read
