"""A token is computed from data that others know: the time, an id, an e-mail address.

A hash hides nothing that can be listed: whoever knows the user's id and roughly the time computes the same
token. `uuid1` is a clock and the address of the machine. A token is only as good as the secret that goes into
it, and here none does. The same goes for the key of one-time codes: a `pyotp.TOTP` made of a phone number and a
date is computed by whoever knows the number.

Silent as soon as a part is secret or unknown: a key of the settings, `secrets`, `uuid4`, a parameter.

Fix: `secrets.token_urlsafe(32)`, stored as a digest; or `django.core.signing` when it must carry data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import becomes, computed, decided_by
from django_bearer_audit.project.effects.value import How, Kind, Value
from django_bearer_audit.project.effects_of import in_module, in_views, written
from django_bearer_audit.project.flow import origins
from django_bearer_audit.project.flow.functions import returned
from django_bearer_audit.project.flow.origins import Part, guessable
from django_bearer_audit.project.flow.words import is_made_up, is_secret, vocabulary
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT102"
TITLE = "Token computed from known data"
CWE = "CWE-340"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_HASHES = vocabulary("""
    md5 sha1 sha224 sha256 sha384 sha512 blake2b uuid3 uuid5 uuid1 b64encode urlsafe_b64encode b32encode
""")
_WORDS = ("hashlib", "uuid", "base64", "md5", "time.time", "pyotp")
_DIGESTS = ("md5", "MD5", "sha1", "sha2", "sha5", "SHA", "digest", "crc32", "hmac", "Hash.", "uuid5", "uuid3")
Named = tuple[str, ast.expr]
Row = list[Any]


def one_for_one_recipe(hits: Iterable[Hit]) -> Iterator[Hit]:
    """The same recipe for the same name in another file is a copy, the same cause."""
    told: dict[str, Hit] = {}
    for hit in hits:
        first = told.get(hit.message)
        if first is not None and first.where.path == hit.where.path:
            yield hit
        else:
            told[hit.message] = replace(first, related=(*first.related, hit.where)[:8]) if first else hit
    yield from told.values()


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    named = [hit for module in project.python.with_words(*_WORDS) for hit in _by_name(project, module)]
    for hit in one_for_one_recipe(named):
        told |= {hit.where, *hit.related}
        yield hit
    for hit in _by_use(project):
        if not any(_near(hit.where, place) for place in told):
            told.add(hit.where)
            yield hit


def _near(one: Place, other: Place) -> bool:
    return one.path == other.path and abs(one.line_start - other.line_start) <= 4


def _by_use(project: Project) -> Iterator[Hit]:
    """What is mailed, looked up, compared or put into a cookie, by whatever name and from whatever library."""
    words = ("any", *_DIGESTS)
    rows = [
        *project.from_modules(f"{ID} use", words, partial(_in_module, project)),
        *in_views(project, ID, _computed),
    ]
    for what, where, other in rows:
        yield Hit(
            where=Place(*where),
            message=f"{what} and nothing secret.",
            attack="Whoever knows or lists these values, or reads the source, computes the token of any user.",
            fix="import secrets\nsecrets.token_urlsafe(32)",
            related=(Place(*other),),
        )


def _in_module(project: Project, module: Module) -> Iterator[Row]:
    return _rows(in_module(project, module, _may_be_one))


def _computed(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[Row]:
    return _rows(effects)


def _rows(effects: Iterable[Effect]) -> Iterator[Row]:
    """What is made of what; where; and the place that goes with it."""
    for effect in effects:
        decided, what = decided_by(effect), becomes(effect)
        done = decided or (computed(effect.value) if what and effect.act is not Act.CHECKS else None)
        if done is None or is_made_up(done.where.path) or effect.act is Act.SETS:
            continue
        known = sorted({source.name for source in done.of if source.kind is not Kind.CONSTANT})
        constant = sorted({source.name for source in done.of if source.kind is Kind.CONSTANT})
        places = (effect.where, done.where) if decided else (done.where, effect.where)
        yield [f"{what} is made of {', '.join(known or constant)}", *map(written, places)]


def _may_be_one(value: Value) -> bool:
    return any(done.how in {How.FAST, How.MAC} for done in value.done)


def _by_name(project: Project, module: Module) -> Iterator[Hit]:
    seen: set[ast.AST] = set()
    named = () if is_made_up(module.path) else (*_named(module), *_keys_of_codes(project, module))
    for name, expression in named:
        parts = _weak(project, module, expression) if is_secret(name) else None
        function = module.function_around(expression) or expression
        if parts is not None and function not in seen:
            seen.add(function)
            yield _hit(module, expression, name, parts)


def _named(module: Module) -> Iterator[Named]:
    """Every expression that gets a name: by assignment, keyword, cookie, or the function that returns it."""
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            match target:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, assign.value
                case _:
                    pass
    for keyword in module.nodes(ast.keyword):
        yield keyword.arg or "", keyword.value
    for function in module.nodes(ast.FunctionDef):
        if is_secret(function.name):
            yield from ((function.name, value) for value in returned(function))
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(attr="set_cookie"), args=[ast.Constant(value=str(name)), value, *_]):
                yield name, value
            case _:
                pass


def _keys_of_codes(project: Project, module: Module) -> Iterator[Named]:
    for call in module.nodes(ast.Call):
        if project.qualname(module, call.func) in {"pyotp.TOTP", "pyotp.HOTP"} and call.args:
            yield "totp_secret", call.args[0]


def _weak(project: Project, module: Module, expression: ast.expr) -> tuple[Part, ...] | None:
    if _is_uuid1(project, module, expression):
        return (Part(origins.Kind.TIME, expression, module, "uuid.uuid1"),)
    parts = project.origins(module, expression)
    if not guessable(parts) or any(part.kind is origins.Kind.CHANCE for part in parts):
        return None
    clock = any(part.name in {"time.time", "uuid.uuid1"} for part in parts)
    return parts if clock or _hashes(project, module, expression) else None


def _is_uuid1(project: Project, module: Module, node: ast.expr) -> bool:
    """Handed over as the default of a field, not called."""
    match node:
        case ast.Call(keywords=keywords):
            return any(k.arg == "default" and project.qualname(module, k.value) == "uuid.uuid1" for k in keywords)
        case _:
            return False


def _hashes(project: Project, module: Module, node: ast.AST, depth: int = 0) -> bool:
    """Whether a hash or an encoding was put around it, here or where a local name got its value."""
    for each in walk(node):
        match each:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _HASHES:
                return True
            case ast.Name(id=name) if depth < 4:
                function = module.function_around(each)
                stored = project.functions.stored(module, function, name) if function else []
                if any(value is not node and _hashes(project, module, value, depth + 1) for value in stored):
                    return True
            case _:
                pass
    return False


def _hit(module: Module, expression: ast.expr, name: str, parts: tuple[Part, ...]) -> Hit:
    known = sorted({part.name or part.kind.value for part in parts if part.kind is not origins.Kind.CONSTANT})
    return Hit(
        where=module.place(expression),
        message=f"{name} is made of {', '.join(known)} and nothing secret.",
        attack="Whoever knows or lists these values computes the token of any user.",
        fix="import secrets\nsecrets.token_urlsafe(32)",
        related=tuple(part.module.place(part.node) for part in parts if part.kind is not origins.Kind.CONSTANT)[:5],
    )
