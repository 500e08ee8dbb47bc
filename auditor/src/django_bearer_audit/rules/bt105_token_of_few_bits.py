"""A token is made of too few bits.

`secrets.token_hex(4)` cannot be computed, but there are only four billion of them: whoever may ask a hundred
times a second finds one of some thousand live ones within a day. 128 bits end the question.

Reported for what is named a token, key or secret, and for a column that fills itself and is looked up by what
a caller sends. Silent on one-time codes that a person types, which end and are counted.

Fix: `secrets.token_urlsafe(32)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views
from django_bearer_audit.project.flow.destinations import Destination
from django_bearer_audit.project.flow.words import has_word, is_made_up, is_secret
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.models import Field
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Known

ID = "BT105"
TITLE = "Token of few bits"
CWE = "CWE-330"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_BYTES = ("secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe", "os.urandom")
_MORE_BYTES = ("get_random_bytes",)
_LETTERS = "django.utils.crypto.get_random_string"
_CALLED = frozenset(name.rpartition(".")[2] for name in (*_BYTES, *_MORE_BYTES, _LETTERS))
_FEWEST = 64
"""Bits that no number of requests tries through."""
_TYPED = ("otp", "pin", "code", "passcode", "salt", "nonce", "slug", "suffix", "name", "id", "color", "colour")


def check(project: Project) -> Iterator[Hit]:
    asked = set(in_views(project, ID, _looked_up))
    columns = _filled(project)
    for module in project.python.with_words("token_hex", "token_urlsafe", "token_bytes", "urandom", "get_random_"):
        for call in () if is_made_up(module.path) else module.nodes(ast.Call):
            bits = _bits(project, module, call)
            if bits is not None and bits < _FEWEST:
                what = _named(project, module, call) or _column(module, call, columns, asked)
                if what:
                    yield Hit(
                        where=module.place(call),
                        message=f"{what} has {bits} bits.",
                        attack="A script tries them all, or finds one of the many that are valid at a time.",
                        fix="secrets.token_urlsafe(32)",
                    )


def _bits(project: Project, module: Module, call: ast.Call) -> int | None:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called not in _CALLED:
        return None
    name = project.qualname(module, call.func) or ast.unparse(call.func)
    given = (
        call.args[0] if call.args else next((k.value for k in call.keywords if k.arg in {"nbytes", "length"}), None)
    )
    value = project.value(module, given) if given is not None else None
    count = value.value if isinstance(value, Known) else None
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    if name in _BYTES or name.endswith(_MORE_BYTES):
        return 8 * count
    return int(5.95 * count) if name == _LETTERS else None


def _named(project: Project, module: Module, call: ast.Call) -> str | None:
    """The token, key or secret that it becomes, by its name."""
    return next((d.name for d in project.destinations(module, call) if _is_token(d)), None)


def _is_token(destination: Destination) -> bool:
    named = destination.how in {"name", "attribute", "keyword", "store", "key"}
    said = destination.name
    return named and is_secret(said) and not has_word(said, *_TYPED) and said != "session_key"


def _column(module: Module, call: ast.Call, columns: dict[str, list[tuple[str, str]]], asked: set[str]) -> str | None:
    """The column whose default it is, where a view looks rows up by that column alone."""
    function = module.function_around(call)
    name = function.name if isinstance(function, Function) else ""
    return next((f"{t}.{c}" for t, c in columns.get(name, ()) if f"{t}.{c}" in asked), None)


def _filled(project: Project) -> dict[str, list[tuple[str, str]]]:
    """The functions that fill columns by themselves, with these columns."""
    found: dict[str, list[tuple[str, str]]] = {}
    for model in project.models.all:
        for field in model.own:
            name = _default(field)
            if name:
                found.setdefault(name, []).append((model.node.name, field.name))
    return found


def _default(field: Field) -> str:
    given = field.option("default")
    return given.attr if isinstance(given, ast.Attribute) else getattr(given, "id", "")


def _looked_up(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[Any]:
    """Columns by which a view finds a row, without asking for anything else of it."""
    for effect in effects:
        if effect.act is Act.LOOKS_UP and not effect.value.done and effect.value.of(Kind.REQUEST):
            alone = [e for e in effects if e.act is Act.LOOKS_UP and e.where == effect.where]
            for source in effect.other.of(Kind.STORED) if len(alone) == 1 else ():
                yield f"{source.part.rpartition('.')[2]}.{source.name}"
