"""A password is stored as it was sent.

Whoever reads the table has the passwords of all users, also for the other places where they use them. It
happens when the column is filled directly, instead of by `set_password` or `create_user`, and shows where
accounts are looked up by their password. A ModelSerializer of accounts fills it, too, when `password` is among
its fields and neither it nor its view nor the model hashes.

Silent on anything that hashes, on confirmations and on forms.

Fix: `user.set_password(password)`; `authenticate(username=…, password=…)` to check.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.serializers import entries_of_meta
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT712"
TITLE = "Password stored in clear"
CWE = "CWE-256"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_NAMES = frozenset({"password", "passwd", "pwd", "user_password"})
_PEOPLE = ("user", "account", "person", "member", "customer", "client", "student", "teacher", "employee", "profile")
_HASHES = re.compile(r"set_password|make_password|hashpw|pbkdf2|argon2|create_user")
_VERBS = frozenset({"create", "get", "filter", "get_or_create", "update", "exclude"})


def check(project: Project) -> Iterator[Hit]:
    told: set[str] = set()
    for module in project.python.with_words("password", "passwd", "pwd"):
        for call in module.nodes(ast.Call):
            verb = _verb(call)
            for keyword in call.keywords if verb else ():
                if keyword.arg in _NAMES and _is_sent(project, module, keyword.value):
                    table = ast.unparse(call.func).partition(".objects")[0]
                    if table in told:
                        continue  # one cause: the column of that table
                    told.add(table)
                    yield _hit(module.place(call), f".objects.{verb}({keyword.arg}=…) takes it as it was sent.")
        for assign in module.nodes(ast.Assign):
            match assign.targets:
                case [ast.Attribute(value=ast.Name(id=owner), attr="password")] if owner != "self":
                    if _is_sent(project, module, assign.value) and _is_saved(module, assign, owner):
                        yield _hit(module.place(assign), f"{owner}.password is what was sent.")
                case _:
                    pass
    yield from _by_serializers(project)


def _by_serializers(project: Project) -> Iterator[Hit]:
    """Serializers that the generic views of REST framework save with, as they are."""
    told: set[tuple[str, int]] = set()
    for endpoint in project.routes.table.endpoints:
        if endpoint.safe or endpoint.handler is None or not endpoint.handler.is_class:
            continue
        for name, path, *lines in project.routes.says(endpoint, ID, partial(_faulty, project)):
            if (path, lines[0]) not in told:
                told.add((path, lines[0]))
                yield _hit(Place(path, *lines), f"{name} saves the password as it was sent.")


def _faulty(project: Project, endpoint: Endpoint) -> list[tuple[str, str, int, int]]:
    """The serializers that do so, each with the lines that name its fields."""
    view = endpoint.handler.owner if endpoint.handler else None
    if view is None or any(project.classes.method(view, name) for name in ("perform_create", "perform_update")):
        return []
    found = []
    for serializer in project.routes.serializers_of(endpoint):
        meta = entries_of_meta(project, serializer)
        if _saves_as_sent(project, serializer, meta):
            module, fields = meta["fields"]
            where = module.place(fields)
            found.append((serializer.node.name, where.path, where.line_start, where.line_end))
    return found


def _saves_as_sent(project: Project, serializer: Definition, meta: dict[str, tuple[Module, ast.expr]]) -> bool:
    if not {"fields", "model"} <= set(meta) or not {"'password'", "'__all__'"} & _texts(meta["fields"][1]):
        return False
    fixed = "'password'" in _texts(meta["read_only_fields"][1]) if "read_only_fields" in meta else False
    if fixed or not _is_account(project, *meta["model"]):
        return False
    own = [above.node for above in project.classes.ancestry(serializer) if not isinstance(above, str)]
    code = "\n".join(map(ast.unparse, own))
    if re.search(r"def (create|update|save|validate_password|to_internal_value)\b|read_only=True", code):
        return False
    return not _HASHES.search(code) and not _model_hashes(project, *meta["model"])


def _texts(node: ast.expr) -> set[str]:
    return {ast.unparse(each) for each in walk(node) if isinstance(each, ast.Constant)}


def _is_account(project: Project, module: Module, model: ast.expr) -> bool:
    """The user model, or a table of the project's own people with a column for passwords."""
    match model:
        case ast.Call(func=function):
            return ast.unparse(function).endswith("get_user_model")
        case ast.Name(id=name):
            given = [a.value for a in module.nodes(ast.Assign) if ast.unparse(a.targets[0]) == name]
            if any(isinstance(each, ast.Call) and _is_account(project, module, each) for each in given):
                return True
        case _:
            pass
    name, found = project.functions.resolve(module, model)
    if found is None:
        return name == "django.contrib.auth.models.User"
    above = project.classes.ancestry(found)
    if "django.contrib.auth.base_user.AbstractBaseUser" in above:
        return True
    own = [field.name for each in project.models.all if each.node is found.node for field in each.own]
    return "password" in own and has_word(found.node.name, *_PEOPLE)


def _model_hashes(project: Project, module: Module, model: ast.expr) -> bool:
    """The model's own `save`, or a signal, hashes what it is given."""
    if any(_HASHES.search(other.text) for other in project.python.with_words("pre_save")):
        return True
    _, found = project.functions.resolve(module, model)
    if found is None or not isinstance(found.node, ast.ClassDef):
        return False
    save = project.classes.method(found, "save")
    return save is not None and bool(_HASHES.search(ast.unparse(save.node)))


def _verb(call: ast.Call) -> str | None:
    """`Account.objects.create(…)`; `create_user` hashes."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(attr="objects"), attr=verb) if verb in _VERBS:
            return verb
        case _:
            return None


def _is_sent(project: Project, module: Module, value: ast.expr) -> bool:
    function = module.function_around(value)
    if function is None or sent_by_caller(project.functions, module, value) is None:
        return False
    name = value.id if isinstance(value, ast.Name) else ""
    stored = project.functions.stored(module, function, name) if name else [value]
    hashed = ("hash", "make_password", "digest", "sha", "md5", "encode", "crypt")
    return not any(word in ast.unparse(each).lower() for each in stored for word in hashed)


def _is_saved(module: Module, node: ast.AST, owner: str) -> bool:
    function = module.function_around(node)
    code = ast.unparse(function) if function else ""
    return f"{owner}.save(" in code and f"{owner}.set_password(" not in code


def _hit(where: Place, message: str) -> Hit:
    return Hit(
        where=where,
        message=message,
        attack="One leaked table or backup is a list of working passwords.",
        fix="user.set_password(password)\nuser.save()",
    )
