"""A reset token stays good after it was used.

Django's `PasswordResetTokenGenerator` hashes the password and the last login, so that the token dies when
the password changes or its owner logs in. A subclass that hashes only what never changes makes links that
work again and again until they time out.

Silent when the hash holds anything that the use of the token changes (a flag, a counter), or calls the
original. A digest around what never changes changes nothing. A flag that says that an address was confirmed does
not change when a password is set: a generator with such a flag is reported where it checks a reset, too.

Fix: `return super()._make_hash_value(user, timestamp)`, and add to it what else should end the token.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import of_known_account, sent
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.functions import returned
from django_bearer_audit.project.flow.words import vocabulary
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT703"
TITLE = "Reset token can be used again"
CWE = "CWE-640"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FOR_RESET = re.compile(
    r"purpose|type|\bjti\b|\baud\b|audience|scope|'reset'|reset_token|\.password\b|blacklist|used|action"
)
_FLAG = re.compile(r"confirm|verif|activ|valid", re.I)
_SETS = re.compile(r"set_password\(|\.password = |SetPasswordForm")
_FIXED = vocabulary("pk id uuid email username date_joined created created_at timestamp phone name first_name")


def check(project: Project) -> Iterator[Hit]:
    for module in project.python.with_words("_make_hash_value"):
        yield from _by_hash(project, module)
    for route, where in in_views(project, ID, partial(_by_jwt, project), safe=False):
        yield Hit(
            where=Place(*where),
            message=f"{route} sets a password by a JWT of which nothing says that it is for a reset.",
            attack="Every token that is signed with the same key, an access token among them, sets the password, and "
            "does so again until it expires.",
            fix="user = default_token_generator.check_token(user, token)  # which ends with the password",
        )


def _by_jwt(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    opened = [e for e in effects if e.act is Act.OPENS and e.by.endswith("jwt.decode") and e.name != "unverified"]
    sets = any(e.act is Act.SETS and of_known_account(e) and sent(e.value) for e in effects)
    said = (word for _, piece in project.routes.code_of(endpoint) for word in _words(piece))
    if opened and sets and not any(map(_FOR_RESET.search, said)):
        yield [endpoint.told, written(opened[0].where)]


def _words(piece: ast.AST) -> Iterator[str]:
    """The names that code uses, and its texts but for sentences."""
    for node in walk(piece):
        match node:
            case ast.Constant(value=str(text)) if " " not in text:
                yield repr(text)
            case ast.Attribute(attr=name):
                yield f".{name}"
            case ast.Name(id=name) | ast.keyword(arg=str(name)):
                yield name
            case _:
                pass


def _by_hash(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        values = list(returned(function)) if function.name == "_make_hash_value" else []
        every = [*values, *_locals(function)]
        if values and not any(_changes(project, value) for value in every):
            reset = None
        elif values and not any(_ends_with_password(value) for value in every):
            reset = _reset_by(project, module, function)
            if reset is None:
                continue
        else:
            continue
        if values:
            yield Hit(
                where=module.place(function),
                related=(reset,) if reset else (),
                message="The hash holds nothing that changes when the token is used.",
                attack="A link from an old mail or a browser's history sets the password again.",
                fix="def _make_hash_value(self, user, timestamp):\n"
                "    return super()._make_hash_value(user, timestamp)",
            )


def _ends_with_password(value: ast.expr) -> bool:
    """The original, the password, or anything whose meaning is not known here."""
    said = ast.unparse(value)
    return any(word in said for word in ("super()", "password", "last_login", "_make_hash_value")) or not any(
        _FLAG.search(each.attr) for each in walk(value) if isinstance(each, ast.Attribute)
    )


def _reset_by(project: Project, module: Module, function: ast.FunctionDef) -> Place | None:
    """Where code that sets a password checks a token of this generator."""
    owner = module.parents.get(function)
    if not isinstance(owner, ast.ClassDef):
        return None
    names = {owner.name}
    for assign in module.nodes(ast.Assign):
        made = assign.value.func if isinstance(assign.value, ast.Call) else None
        if isinstance(made, ast.Name) and made.id == owner.name:
            names |= {target.id for target in assign.targets if isinstance(target, ast.Name)}
    for other in project.python.with_all_words("check_token"):
        for call in other.nodes(ast.Call):
            around = other.function_around(call)
            if around is None or not isinstance(call.func, ast.Attribute) or call.func.attr != "check_token":
                continue
            asked = call.func.value.func if isinstance(call.func.value, ast.Call) else call.func.value
            full = project.qualname(other, asked) or ""
            here = project.imports.module_of(full, other.path) or other
            if full.rpartition(".")[2] in names and here is module and _SETS.search(ast.unparse(around)):
                return other.place(call)
    return None


def _locals(function: ast.FunctionDef) -> list[ast.expr]:
    return [node.value for node in walk(function) if isinstance(node, ast.Assign)]


def _changes(project: Project, value: ast.expr) -> bool:
    """Any part that is neither fixed nor a way of writing: then it may change, and we say nothing."""
    for node in walk(value):
        match node:
            case ast.Attribute(value=ast.Name(), attr=name) if name not in _FIXED and name not in _WRITING:
                return True
            case ast.Call(func=ast.Name(id=name)) if name not in _WRITING:
                return True
            case ast.Constant(value=str(text)) if text in {"password", "last_login", "is_active"}:
                return True
            case _:
                pass
    return False


_WRITING = vocabulary("""
    str text_type force_str force_bytes repr join format int six isoformat encode smart_str smart_bytes
    hashlib md5 sha1 sha256 sha512 hexdigest digest b64encode urlsafe_base64_encode
""")
