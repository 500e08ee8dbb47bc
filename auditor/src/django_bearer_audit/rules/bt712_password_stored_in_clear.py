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
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import How, Kind, Rows
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word, is_password
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module

ID = "BT712"
TITLE = "Password stored in clear"
CWE = "CWE-256"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

Row = list[Any]
_AGAIN = ("confirm", "confirmation", "again", "repeat", "2")
_SERVICES = ("host", "server", "url", "port", "domain", "smtp", "imap", "ftp", "api", "endpoint", "proxy", "ssh")


def check(project: Project) -> Iterator[Hit]:
    told: set[str] = set()
    views = in_views(project, ID, partial(_in_view, project))
    words = ("any", "password", "passwd", "pwd")
    for table, message, where in chain(
        views, project.from_modules(f"{ID} stored", words, partial(_in_module, project))
    ):
        if table not in told:
            told.add(table)  # one cause: the column of that table
            yield _hit(Place(*where), message)


def _in_view(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[Row]:
    yield from _stored_as_sent(project, effects)
    yield from _looked_up_as_sent(effects)


def _in_module(project: Project, module: Module) -> Iterator[Row]:
    """Other functions that read a request."""
    functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        yield from _stored_as_sent(project, project.effects.of(module, function).effects)


def _stored_as_sent(project: Project, effects: tuple[Effect, ...]) -> Iterator[Row]:
    """Passwords that are put into a column as they are."""
    saved = any(effect.by == "save" for effect in effects)
    if any(effect.act is Act.SETS and effect.by == "set_password" for effect in effects):
        return  # whatever was put there first
    for effect in effects:
        plain = effect.act is Act.SETS and effect.by in {"column", "ModelSerializer"} and not effect.value.done
        named = is_password(effect.name) and not has_word(effect.name, *_AGAIN)
        only = all(source.kind in {Kind.REQUEST, Kind.CONSTANT} for source in effect.value.sources)
        if plain and named and only and sent(effect.value) and (saved or not _is_given(effect)):
            table = effect.other.what.model.rpartition(".")[2] if isinstance(effect.other.what, Rows) else ""
            if not _hashes_later(project, effect) and _is_ours(project, effect):
                said = f"{table.strip('?')}.{effect.name} takes the password as it was sent."
                yield [table, said, written(effect.where)]


def _is_given(effect: Effect) -> bool:
    """The row is a parameter: its attribute is a column only when it is saved."""
    return isinstance(effect.other.what, Rows) and effect.other.what.model == "?"


def _is_ours(project: Project, effect: Effect) -> bool:
    """A table of people who log in here; the password of a mail server or another service must be kept as it is."""
    rows = effect.other.what
    if not isinstance(rows, Rows) or not rows.model:
        return False
    model = project.models.named(rows.definition.node.name) if rows.definition is not None else None
    names = [field.name for field in model.fields] if model else []
    elsewhere = model is not None and model.has("URLField")
    return not elsewhere and not any(has_word(name, *_SERVICES) for name in (*names, rows.model))


def _hashes_later(project: Project, effect: Effect) -> bool:
    """The model's own `save`, or a receiver of a signal, hashes what it is given."""
    rows = effect.other.what
    definition = rows.definition if isinstance(rows, Rows) else None
    save = project.classes.method(definition, "save") if definition is not None else None
    if save is not None and not isinstance(save.node, ast.ClassDef) and _hashes(project, save.module, save.node):
        return True
    return any(
        _hashes(project, module, function)
        for module in project.python.with_words("pre_save", "post_save")
        for function in module.nodes(ast.FunctionDef)
    )


def _hashes(project: Project, module: Module, function: Function) -> bool:
    hashed = (How.SLOW, How.FAST)
    return any(
        effect.act in {Act.SETS, Act.STORES} and (effect.by == "set_password" or effect.value.was(*hashed))
        for effect in project.effects.of(module, function).effects
    )


def _looked_up_as_sent(effects: tuple[Effect, ...]) -> Iterator[Row]:
    """Rows that are looked up by the password as it was sent."""
    for effect in effects:
        rows = effect.other.of(Kind.STORED)
        table = next((source.part.rpartition(".")[2] for source in rows), "")
        if effect.act is Act.LOOKS_UP and is_password(effect.name) and not effect.value.done and sent(effect.value):
            yield [table, f"{table} is looked up by the password as it was sent.", written(effect.where)]


def _hit(where: Place, message: str) -> Hit:
    return Hit(
        where=where,
        message=message,
        attack="One leaked table or backup is a list of working passwords.",
        fix="user.set_password(password)\nuser.save()",
    )
