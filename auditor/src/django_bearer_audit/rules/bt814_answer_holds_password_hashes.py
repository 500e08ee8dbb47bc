"""An answer of the API holds the hashes of passwords.

`fields = "__all__"` on a table of accounts puts every column into the answer, the hash of the password among
them. Weak passwords are found from their hashes in minutes.

Silent where the password is `write_only`, excluded or declared otherwise, and where the serializer only reads.

Fix: name the fields that the client needs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.serializers import entries_of_meta
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT814"
TITLE = "Answer holds password hashes"
CWE = "CWE-522"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_USERS = ("AbstractUser", "AbstractBaseUser")


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for endpoint in project.routes.table.endpoints:
        for place, said in (*_by_serializer(project, endpoint), *_by_values(project, endpoint)):
            if place not in told:
                told.add(place)
                yield Hit(
                    where=place,
                    message=f"{endpoint.told} answers with {said}, the password's hash among it.",
                    attack="Hashes are copied and tried offline; weak passwords fall in minutes.",
                    fix='fields = ["id", "username"]  # or extra_kwargs = {"password": {"write_only": True}}',
                    severity=Severity.LOW if endpoint.method == "POST" else None,  # the hash of what was just sent
                )


def _by_serializer(project: Project, endpoint: Endpoint) -> Iterator[tuple[Place, str]]:
    if endpoint.handler is None or endpoint.path == "?" or not _answers(endpoint):
        return
    for serializer in project.routes.serializers_of(endpoint):
        meta = entries_of_meta(project, serializer)
        if "model" in meta and _is_account(project, *meta["model"]) and _shows_password(project, serializer, meta):
            module, node = meta.get("fields") or meta["exclude"]
            yield module.place(node), "all columns of an account"


def _answers(endpoint: Endpoint) -> bool:
    """A generic view answers with its serializer; code of its own does where it says `serializer.data`."""
    handler = endpoint.handler
    return handler is not None and (handler.is_class or "serializer.data" in ast.unparse(handler.node))


def _shows_password(project: Project, serializer: Definition, meta: dict[str, tuple[Module, ast.expr]]) -> bool:
    fields, excluded = meta.get("fields"), meta.get("exclude")
    if fields is not None and not isinstance(fields[1], ast.List | ast.Tuple | ast.Constant):
        return False
    texts = {
        str(n.value) for _, e in filter(None, (fields, excluded)) for n in walk(e) if isinstance(n, ast.Constant)
    }
    shown = "password" not in texts if excluded is not None else bool({"__all__", "password"} & texts)
    own = project.classes.attribute(serializer, "password") is not None
    hidden = "extra_kwargs" in meta and "password" in ast.unparse(meta["extra_kwargs"][1])
    read = "write_only_fields" in meta and "password" in ast.unparse(meta["write_only_fields"][1])
    changed = project.classes.method(serializer, "to_representation") is not None
    made = project.classes.method(serializer, "__init__") is not None
    return shown and not own and not hidden and not read and not changed and not made


def _is_account(project: Project, module: Module, node: ast.expr) -> bool:
    name = project.qualname(module, node.func if isinstance(node, ast.Call) else node) or ""
    if name in {"django.contrib.auth.models.User", "django.contrib.auth.get_user_model"}:
        return True
    found = project.imports.definition(name, module.path)
    if found is None or not isinstance(found.node, ast.ClassDef):
        return False
    above = [each.rpartition(".")[2] for each in project.classes.ancestry(found) if isinstance(each, str)]
    return any(each in _USERS for each in above)


def _by_values(project: Project, endpoint: Endpoint) -> Iterator[tuple[Place, str]]:
    """`User.objects.values()`: every column, when none is named."""
    if endpoint.handler is None or endpoint.handler.is_class:
        return
    for module, piece in project.routes.code_of(endpoint)[:2]:
        for node in walk(piece):
            match node:
                case ast.Call(func=ast.Attribute(value=rows, attr="values"), args=[], keywords=[]):
                    asked = dict(_named(piece)).get(rows.id, rows) if isinstance(rows, ast.Name) else rows
                    if any(_is_objects(project, module, each) for each in walk(asked)):
                        yield module.place(piece), "all columns of accounts"
                case _:
                    pass


def _named(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case _:
                pass


def _is_objects(project: Project, module: Module, node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="objects", value=ast.Name() | ast.Attribute() as name):
            return _is_account(project, module, name)
        case _:
            return False
