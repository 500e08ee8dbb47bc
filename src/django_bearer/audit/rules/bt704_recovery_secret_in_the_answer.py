"""The code or link that proves who asks is given to whoever asks.

A one-time code or a reset link works because it goes to the owner's mail or phone. In the answer of the
view it goes to whoever named the account, and the account is his.

Silent on codes that the caller sent himself, on flags and times about them, behind DEBUG, and on secrets
of a second factor that its owner sets up.

Fix: send it, and answer the same whether the account exists or not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Severity
from django_bearer.audit.per_module import modules_with
from django_bearer.audit.project import Project
from django_bearer.audit.project.flow.requests import sent_by_caller
from django_bearer.audit.project.flow.words import has_word, parts
from django_bearer.audit.project.locals import is_parameter
from django_bearer.audit.project.source import Module

ID = "BT704"
TITLE = "Recovery secret in the answer"
CWE = "CWE-640"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ANSWERS = frozenset({"Response", "JsonResponse", "HttpResponse", "render", "HttpResponseRedirect"})
_WHAT = ("reset", "verification", "verify", "activation", "confirmation", "magic", "recovery", "onetime")
_SECRET = ("token", "code", "link", "url", "key", "otp", "pin")
_ABOUT = (
    *("sent", "at", "expires", "expiry", "expired", "required", "enabled", "verified", "is", "has", "valid"),
    *("message", "form", "status", "count", "length", "attempts", "seconds", "time", "created", "device"),
    *("totp", "codes", "secret", "uri", "qr", "type", "method", "methods", "id", "name", "class", "site"),
)


@modules_with("otp", "OTP", *_WHAT)
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _ANSWERS:
            yield from _told(project, module, call)


def _told(project: Project, module: Module, call: ast.Call) -> Iterator[Hit]:
    for table in [*call.args, *(keyword.value for keyword in call.keywords)]:
        pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        for key, value in pairs:
            said = str(key.value) if isinstance(key, ast.Constant) else ""
            if _is_one_time(said, value) and _is_a_secret(project, module, value):
                yield Hit(
                    where=module.place(value),
                    message=f"{said or 'the secret'} goes to whoever asks for it.",
                    attack="An attacker asks for the code of another account and reads it here.",
                    fix='return Response({"detail": "If the account exists, a mail is on its way."})',
                )


def _is_one_time(key: str, value: ast.expr) -> bool:
    inner = value.args[0] if isinstance(value, ast.Call) and value.args else value
    held = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
    if not isinstance(inner, ast.Name | ast.Attribute):
        return False
    return any(_names_it(name) for name in (key, held)) and not any(has_word(n, *_ABOUT) for n in (key, held))


def _names_it(name: str) -> bool:
    words = parts(name)
    return "otp" in words or (has_word(name, *_WHAT) and has_word(name, *_SECRET))


def _is_a_secret(project: Project, module: Module, value: ast.expr) -> bool:
    """Made here, and not merely handed back to the one who sent it."""
    inner = value.args[0] if isinstance(value, ast.Call) and value.args else value
    function = module.function_around(value)
    if function is None or sent_by_caller(project.functions, module, inner):
        return False
    if isinstance(inner, ast.Name) and (is_parameter(function, inner.id) or not _stored(project, module, inner)):
        return False
    around = module.parents.get(value)
    while around is not None and around is not function:
        if isinstance(around, ast.If) and "DEBUG" in ast.unparse(around.test):
            return False
        around = module.parents.get(around)
    return True


def _stored(project: Project, module: Module, name: ast.Name) -> bool:
    function = module.function_around(name)
    values = project.functions.stored(module, function, name.id) if function else []
    return any(not isinstance(value, ast.Constant | ast.Compare) for value in values)
