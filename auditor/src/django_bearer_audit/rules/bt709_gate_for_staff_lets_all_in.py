"""A gate that says staff or admin never looks whether the caller is one.

The function is named for a role, finds out who the caller is, and lets anybody in who is somebody.

Silent when the code asks for a role, a group or a permission in any way.

A gate that makes its answer and does not return it lets everybody in, too:
`if not request.user.is_staff: redirect("index")`.

Fix: `if not user.is_staff: raise PermissionDenied`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word, parts, vocabulary
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.checks import gates_without_effect
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT709"
TITLE = "Gate for staff lets everybody in"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR
COVERS = ("BT802",)

_ROLES = frozenset({"staff", "admin", "superuser", "administrator", "manager", "adm"})
_ASKS = vocabulary("""
    staff admin superuser role roles group groups perm perms permission can permissions administrator manager
    level rank type kind owner scope scopes
""")


def check(project: Project) -> Iterator[Hit]:
    yield from _by_role(project)
    yield from _thrown_away(project)


@modules_with("redirect(", "PermissionDenied(", "HttpResponse", "JsonResponse(", "Response(")
def _thrown_away(project: Project, module: Module) -> Iterator[Hit]:
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        for gate in gates_without_effect(function):
            yield Hit(
                where=Place(module.path, function.lineno, function.lineno),
                related=(module.place(gate),),
                message=f"{function.name} makes an answer for whoever may not enter and does not return it.",
                attack="Everybody passes: the line that should refuse has no effect.",
                fix='if not request.user.is_staff:\n    return redirect("index")',
            )


@modules_with("authenticate(", "check_token(", "get_user(")
def _by_role(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        gate = set(parts(function.name)) & _ROLES and _is_gate(function)
        call = _identifies(function) if gate else None
        if call is not None and not _asks(function):
            yield Hit(
                where=module.place(call),
                message=f"{function.name} finds out who asks and never looks at a role.",
                attack="Every account of the site passes as staff.",
                fix="if not user.is_staff:\n    raise PermissionDenied",
            )


def _is_gate(function: Function) -> bool:
    """A decorator, or a check by its name."""
    inner = any(isinstance(node, ast.FunctionDef) and node is not function for node in walk(function))
    return inner or has_word(function.name, "required", "only", "check", "authenticate", "permission")


def _identifies(function: Function) -> ast.Call | None:
    for node in walk(function):
        match node:
            case ast.Call(func=ast.Name(id="authenticate") | ast.Attribute(attr="authenticate")):
                return node
            case _:
                pass
    return None


def _asks(function: Function) -> bool:
    for node in walk(function):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                if set(parts(name)) & _ASKS:
                    return True
            case ast.Constant(value=str(text)) if set(parts(text)) & (_ASKS - _ROLES) and " " not in text:
                return True
            case _:
                pass
    return False
