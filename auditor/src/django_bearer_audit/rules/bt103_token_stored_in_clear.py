"""A token that opens the API is stored as it is.

Whoever reads the table, through an injection, a backup, a log of queries or an admin page, holds working
tokens of every user. A long random token needs no slow hash: the SHA-256 of it is enough, and the lookup
works on the digest.

Reported for text columns of the project's own models by which a caller is let in (an authentication, a
permission, a header), and for tables of tokens that fill themselves. One-time codes that end are shown to the
pedantic persona; those of a table without an end are low. Silent when the value is hashed before the lookup, when
the column is encrypted, and for tokens of other services, which must be kept to be used.

Fix: store `sha256(token)`, show the token once, look up by the digest.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import Secret, of_known_account, sent, tried
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow import origins
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word, is_secret
from django_bearer_audit.project.models import Field, Model
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT103"
TITLE = "Token stored in clear"
CWE = "CWE-312"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_TEXT = frozenset({"CharField", "TextField"})
_NUMBERS = frozenset({"IntegerField", "PositiveIntegerField", "BigIntegerField", "PositiveBigIntegerField"})
_HASHED = (
    "hash",
    "hashed",
    "digest",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "hmac",
    "encrypt",
    "blake2b",
    "hasher",
)
_OF_ACCOUNTS = (
    *("otp", "totp", "pin", "passcode", "reset", "recovery", "verification", "verify", "activation"),
    *("confirmation", "password", "confirm", "code"),
)
"""One-time codes that open an account, where an invitation opens a group."""
_GATES = (
    *("auth", "authenticate", "authentication", "authenticated", "permission", "permissions", "backend"),
    *("middleware", "login", "logout", "session", "authorize", "credentials", "access"),
)
_OTHERS = ("external", "provider", "push", "fcm", "reset", "notifications")
_ONE_TIME = (
    *(
        "otp",
        "verification",
        "verify",
        "activation",
        "activate",
        "reset",
        "confirm",
        "confirmation",
        "invite",
    ),
    *(
        "invitation",
        "code",
        "email",
        "unsubscribe",
        "recovery",
        "temp",
        "temporary",
        "pin",
        "magic",
        "totp",
        "initialization",
        "setup",
    ),
)


def check(project: Project) -> Iterator[Hit]:
    by_header = [*in_views(project, ID, _named_by_header), *in_views(project, f"{ID} opens", _opens_account)]
    tried_codes = list(in_views(project, f"{ID} code", _tried_code))
    compared = list(in_views(project, f"{ID} compared", _compared_code))
    for model in project.models.all:
        for field in model.own:
            if (field.kind in _TEXT and _names_a_token(model, field)) or _is_tried(project, model, field, compared):
                codes = tried_codes if _is_one_time(model, field) else []
                gates = list(_gates(project, model, field, [*by_header, *codes]))
                uses = [*gates, *_filled_by_the_model(project, model, field)]
                if uses and not any(use is None for use in uses):
                    yield _hit(model, field, tuple(use for use in uses if use is not None), bool(gates))


def _is_tried(project: Project, model: Model, field: Field, codes: list[Any]) -> bool:
    """A number or text of an account that a view holds a code against, whatever the column is called."""
    names = _tables(project, model) if _is_account(project, model) else set()
    return field.kind in _TEXT | _NUMBERS and any(t in names and column == field.name for t, column, _ in codes)


def _tables(project: Project, model: Model) -> set[str]:
    """What the effects call its table: that of accounts is `User`, whatever its class is called."""
    return {model.node.name, "User"} if _is_account(project, model) else {model.node.name}


def _is_account(project: Project, model: Model) -> bool:
    above = [e.rpartition(".")[2] for e in project.classes.ancestry(model.definition) if isinstance(e, str)]
    return any(each.startswith("Abstract") and "User" in each for each in above)


def _names_a_token(model: Model, field: Field) -> bool:
    if field.name in {"key", "value"}:
        return is_secret(model.node.name) and not has_word(model.node.name, "public")
    # the keys of Django's own sessions are not ours to store otherwise
    return is_secret(field.name) and field.name != "session_key" and not has_word(field.name, *_OTHERS)


def _gates(project: Project, model: Model, field: Field, by_header: list[Any]) -> Iterator[Place | None]:
    """Where a caller is let in by the column as it is; None where it turns out to hold a digest."""
    for module, call, value in project.models.lookups(field.name):
        if _asks(call, model):
            if _is_hashed(value):
                yield None
            elif _lets_in(project, module, call, value):
                yield module.place(call)
    yield from _by_effects(by_header, _tables(project, model), field)


def _by_effects(by_header: list[Any], tables: set[str], field: Field) -> Iterator[Place]:
    """A view's request, or a decorator's or permission's, names the row by what came in a header or cookie."""
    for table, column, where in by_header:
        if column == field.name and table in tables:
            yield Place(*where)


def _named_by_header(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    for effect in effects:
        parts = {source.part for source in sent(effect.value)}
        if effect.act is Act.LOOKS_UP and parts & {"headers", "META", "COOKIES"} and not effect.value.done:
            for source in sorted(effect.other.of(Kind.STORED)):
                yield [source.part, source.name, written(effect.where)]


def _opens_account(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A row is found by the token that was sent, as it is, and a password is set or somebody logged in by it."""
    opens = any(e.act is Act.ISSUES or (e.act is Act.SETS and of_known_account(e)) for e in effects)
    for effect in effects if opens else ():
        if effect.act is Act.LOOKS_UP and is_secret(effect.name) and sent(effect.value) and not effect.value.done:
            for source in sorted(effect.other.of(Kind.STORED)):
                yield [source.part.rpartition(".")[2], source.name, written(effect.where)]


def _tried_code(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A code or token that was sent is held against the column as it is."""
    for effect in effects:
        plain = not effect.value.done and not effect.other.done
        if plain and tried(effect) in {Secret.CODE, Secret.TOKEN}:
            for source in sorted(effect.other.of(Kind.STORED)):
                yield [source.part, source.name, written(effect.where)]


def _compared_code(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A one-time code that was sent is compared with the column as it is."""
    for effect in effects:
        plain = not effect.value.done and not effect.other.done
        if plain and effect.act is Act.CHECKS and tried(effect) is Secret.CODE:
            for source in sorted(effect.other.of(Kind.STORED)):
                yield [source.part.rpartition(".")[2], source.name, written(effect.where)]


def _lets_in(project: Project, module: Module, call: ast.Call, value: ast.expr) -> bool:
    """Whether the query decides about a caller: by the names around it, or by what it is asked with."""
    names = [scope.name for scope in module.enclosing(call) if not isinstance(scope, ast.Lambda)]
    named = any(has_word(name, *_GATES) for name in names)
    return named or sent_by_caller(project.functions, module, value) in {"headers", "META", "COOKIES"}


def _asks(call: ast.Call, model: Model) -> bool:
    """`ApiToken.objects.filter(…)`, `get_object_or_404(ApiToken, …)`."""
    asked = [call.func, *call.args[:1]]
    return any(isinstance(n, ast.Name) and n.id == model.node.name for a in asked for n in walk(a))


def _filled_by_the_model(project: Project, model: Model, field: Field) -> Iterator[Place | None]:
    if not is_secret(model.node.name) and not has_word(model.node.name, "session"):
        return
    for node in walk(model.node):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value) if (
                name == field.name
            ):
                parts = project.origins(model.module, value)
                if _is_hashed(value):
                    yield None
                elif any(part.kind in {origins.Kind.STRONG, origins.Kind.CHANCE} for part in parts):
                    yield model.module.place(node)
            case _:
                pass


def _hit(model: Model, field: Field, uses: tuple[Place, ...], decides: bool) -> Hit:
    one_time = _is_one_time(model, field)
    ends = model.ends or not (has_word(field.name, *_OF_ACCOUNTS) or has_word(model.node.name, *_OF_ACCOUNTS))
    return Hit(
        where=field.module.place(field.node),
        message=f"{model.node.name}.{field.name} holds the token itself (used at {uses[0]}).",
        attack="A leaked backup or one SQL injection hands out working tokens of every user.",
        fix=f"{field.name}_digest = models.CharField(max_length=64, unique=True)\n"
        f"# look up: {field.name}_digest=hashlib.sha256(token.encode()).hexdigest()",
        related=uses[:5],
        # without a lookup that decides about a caller we have not seen it open anything
        severity=None if decides and not one_time else Severity.LOW,
        persona=Persona.PEDANTIC if one_time and (ends or not decides) else None,
    )


def _is_one_time(model: Model, field: Field) -> bool:
    return has_word(field.name, *_ONE_TIME) or has_word(model.node.name, *_ONE_TIME) or _is_short(field)


def _is_short(field: Field) -> bool:
    """A code that a person types."""
    length = field.option("max_length")
    return isinstance(length, ast.Constant) and isinstance(length.value, int) and length.value <= 12


def _is_hashed(value: ast.expr) -> bool:
    return any(word in ast.unparse(value).lower() for word in _HASHED)
