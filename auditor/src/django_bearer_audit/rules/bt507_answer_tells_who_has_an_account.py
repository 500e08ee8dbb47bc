"""The answer of a login or reset tells whether an account exists.

"No account with this address" and "Wrong password" are two answers. With them a list of addresses becomes a list
of customers, and of accounts worth an attack.

Reported where the branch for a missing account says something that no other branch says. Silent where the answer
is the same, and on sign-ups, which have to tell.

Fix: one answer for both, and the same work (a hash, a mail that is not sent).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.routes.facts import Endpoint, Function, Purpose
from django_bearer_audit.project.walking import walk

ID = "BT507"
TITLE = "Answer tells who has an account"
CWE = "CWE-204"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ACCOUNTS = frozenset(
    {"User", "CustomUser", "UserModel", "user_model", "get_user_model", "Account", "Member", "Customer"}
)
_NAMES = frozenset({"email", "username", "phone", "phone_number", "mobile", "email__iexact", "username__iexact"})


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for route, where in in_views(project, ID, partial(_found, project), safe=False):
        place = Place(*where)
        if place not in told:
            told.add(place)
            yield Hit(
                where=place,
                message=f"{route} says something of its own when there is no such account.",
                attack="A list of addresses becomes a list of accounts.",
                fix='return Response({"detail": "If the account exists, a mail is on its way."})',
            )


def _found(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    if endpoint.purpose not in {Purpose.LOGIN, Purpose.RESET, Purpose.CODE}:
        return
    code = project.routes.code_of(endpoint)
    for serializer in project.routes.serializers_of(endpoint):
        method = project.classes.method(serializer, "validate")
        if method is not None and isinstance(method.node, ast.FunctionDef):
            code = [(method.module, method.node), *code]
    for module, piece in code[:4]:
        for branch in _missing(piece):
            own = _texts(branch)
            if own and not own & _texts_outside([other for _, other in code], branch):
                yield [endpoint.told, written(module.place(branch[0]))]
                return


def _missing(function: Function) -> Iterator[list[ast.stmt]]:
    """The branches that are taken when no account was found."""
    held: set[str] = set()
    for node in walk(function):
        match node:
            case ast.Try(body=body, handlers=handlers) if any(_asks(each) for stmt in body for each in walk(stmt)):
                for handler in handlers:
                    if handler.type is not None and "DoesNotExist" in ast.unparse(handler.type):
                        yield handler.body
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if any(
                _asks(each) and _last(value) in {"first", "last", "get_or_none"} for each in walk(value)
            ):
                held.add(name)
            case _:
                pass
    for node in walk(function):
        if isinstance(node, ast.If):
            match node.test:
                case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)) if name in held:
                    yield node.body
                case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()]) if name in held:
                    yield node.body
                case ast.Call() as asked if node.orelse and _last(asked) == "exists" and any(map(_asks, walk(asked))):
                    yield node.orelse
                case ast.UnaryOp(op=ast.Not(), operand=asked) if _last(asked) == "exists" and any(
                    map(_asks, walk(asked))
                ):
                    yield node.body
                case _:
                    pass


def _last(node: ast.expr) -> str:
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _asks(node: ast.AST) -> bool:
    """`User.objects.get(email=…)`."""
    if not isinstance(node, ast.Call) or not any(keyword.arg in _NAMES for keyword in node.keywords):
        return False
    named = (each for each in walk(node.func) if isinstance(each, ast.Name))
    return any(each.id in _ACCOUNTS for each in named)


def _texts(body: list[ast.stmt]) -> frozenset[str]:
    """Sentences: what a caller reads."""
    found = (node for statement in body for node in _answers(statement))
    return frozenset(node.value for node in found if isinstance(node.value, str) and _is_sentence(node.value))


def _answers(statement: ast.stmt) -> Iterator[ast.Constant]:
    """Texts of a statement, without those that go to a log."""
    if isinstance(statement, ast.Expr) and "log" in ast.unparse(statement.value).partition("(")[0].lower():
        return
    if isinstance(statement, ast.Expr) and ast.unparse(statement.value).startswith("print("):
        return
    yield from (node for node in walk(statement) if isinstance(node, ast.Constant))


def _is_sentence(text: str) -> bool:
    return len(text) >= 8 and (" " in text or not text.isascii())


def _texts_outside(code: list[Function], branch: list[ast.stmt]) -> frozenset[str]:
    inside = {id(node) for statement in branch for node in walk(statement)}
    return frozenset(
        node.value
        for function in code
        for node in walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    )
