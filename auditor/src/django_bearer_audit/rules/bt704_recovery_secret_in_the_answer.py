"""The code or link that proves who asks is given to whoever asks.

A one-time code or a reset link works because it goes to the owner's mail or phone. In the answer of the
view it goes to whoever named the account, and the account is his.

Also found where an open view answers with a ModelSerializer of a table of codes, and the code, which the table
fills itself, is among its fields.

Silent on codes that the caller sent himself, on flags and times about them, behind DEBUG, and on secrets
of a second factor that its owner sets up.

Fix: send it, and answer the same whether the account exists or not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word, parts
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.locals import is_parameter
from django_bearer_audit.project.routes.facts import Endpoint, Who
from django_bearer_audit.project.serializers import entries_of_meta
from django_bearer_audit.project.source import Module

ID = "BT704"
TITLE = "Recovery secret in the answer"
CWE = "CWE-640"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_ANSWERS = frozenset({"Response", "JsonResponse", "HttpResponse", "render", "HttpResponseRedirect"})
Written = tuple[Module, ast.expr]
_WHAT = ("reset", "verification", "verify", "activation", "confirmation", "magic", "recovery", "onetime")
_SECRET = ("token", "code", "link", "url", "key", "otp", "pin")
_ABOUT = (
    *("sent", "at", "expires", "expiry", "expired", "required", "enabled", "verified", "is", "has", "valid"),
    *("message", "form", "status", "count", "length", "attempts", "seconds", "time", "created", "device"),
    *("totp", "codes", "secret", "uri", "qr", "type", "method", "methods", "id", "name", "class", "site"),
)


def check(project: Project) -> Iterator[Hit]:
    words = ("any", "otp", "OTP", *_WHAT)
    for said, *place in project.from_modules(ID, words, partial(_answers, project)):
        yield Hit(
            where=Place(*place),
            message=f"{said or 'the secret'} goes to whoever asks for it.",
            attack="An attacker asks for the code of another account and reads it here.",
            fix='return Response({"detail": "If the account exists, a mail is on its way."})',
        )
    yield from _by_serializers(project)


def _answers(project: Project, module: Module) -> Iterator[tuple[str, str, int, int]]:
    """What is told, and where, in the answers of a module."""
    for call in module.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _ANSWERS:
            for said, value in _told(project, module, call):
                where = module.place(value)
                yield said, where.path, where.line_start, where.line_end


def _by_serializers(project: Project) -> Iterator[Hit]:
    told: set[ast.AST] = set()
    for endpoint in project.routes.table.endpoints:
        if endpoint.who is not Who.EVERYBODY or endpoint.method != "POST" or not _answers_with_it(endpoint):
            continue
        for serializer in project.routes.serializers_of(endpoint):
            meta = entries_of_meta(project, serializer)
            fields, model = meta.get("fields"), meta.get("model")
            if fields is None or model is None or serializer.node in told:
                continue
            hidden = ast.unparse(meta["extra_kwargs"][1]) if "extra_kwargs" in meta else ""
            code = _made_code(project, serializer, fields[1], model, hidden)
            if code is not None:
                told.add(serializer.node)
                yield Hit(
                    where=fields[0].place(fields[1]),
                    message=f"{code} goes to whoever asks for it: {endpoint.told} answers with "
                    f"{serializer.node.name}.",
                    attack="An attacker asks for the code of another account and reads it here.",
                    fix=f'extra_kwargs = {{"{code}": {{"write_only": True}}}}  # or leave it out of fields',
                )


def _answers_with_it(endpoint: Endpoint) -> bool:
    """A generic view answers with what its serializer says, unless its code answers something else."""
    handler = endpoint.handler
    if handler is None or handler.is_class:
        return handler is not None
    code = ast.unparse(handler.node)
    return "super()" in code or "serializer.data" in code


def _made_code(project: Project, serializer: Definition, fields: ast.expr, model: Written, hidden: str) -> str | None:
    """A code among the fields that the table makes by itself, and nobody may send."""
    name = project.qualname(*model) or ""
    table = project.models.named(name.rpartition(".")[2])
    if table is None or not has_word(table.node.name, *_WHAT, "otp", "forgot", "forget", "code"):
        return None
    named = [each.value for each in ast.walk(fields) if isinstance(each, ast.Constant)]
    for field in table.fields:
        made = field.option("default")
        if field.name in named and field.name in {*_SECRET, "otp"} and isinstance(made, ast.Name | ast.Attribute):
            declared = project.classes.attribute(serializer, field.name) is not None
            if not declared and f"'{field.name}'" not in hidden:
                return field.name
    return None


def _told(project: Project, module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    for table in [*call.args, *(keyword.value for keyword in call.keywords)]:
        pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        for key, value in pairs:
            said = str(key.value) if isinstance(key, ast.Constant) else ""
            if _is_one_time(said, value) and _is_a_secret(project, module, value):
                yield said, value


def _is_one_time(key: str, value: ast.expr) -> bool:
    inner = value.args[0] if isinstance(value, ast.Call) and value.args else value
    held = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
    if not isinstance(inner, ast.Name | ast.Attribute):
        return False
    return any(_names_it(name) for name in (key, held)) and not any(has_word(n, *_ABOUT) for n in (key, held))


def _names_it(name: str) -> bool:
    words = parts(name)
    # the last word says what it is: `otp_phone` is a phone
    secret = words[-1:] and words[-1] in {*_SECRET, "value"}
    return bool(secret) and ("otp" in words or has_word(name, *_WHAT))


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
