"""A reset token stays good after it was used.

Django's `PasswordResetTokenGenerator` hashes the password and the last login, so that the token dies when
the password changes or its owner logs in. A subclass that hashes only what never changes makes links that
work again and again until they time out.

Silent when the hash holds anything that the use of the token changes (a flag, a counter), or calls the
original. A digest around what never changes changes nothing.

Fix: `return super()._make_hash_value(user, timestamp)`, and add to it what else should end the token.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.functions import returned
from django_bearer_audit.project.flow.words import vocabulary
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT703"
TITLE = "Reset token can be used again"
CWE = "CWE-640"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIXED = vocabulary("pk id uuid email username date_joined created created_at timestamp phone name first_name")


@modules_with("_make_hash_value")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for function in module.nodes(ast.FunctionDef):
        values = list(returned(function)) if function.name == "_make_hash_value" else []
        if values and not any(_changes(project, value) for value in [*values, *_locals(function)]):
            yield Hit(
                where=module.place(function),
                message="The hash holds nothing that changes when the token is used.",
                attack="A link from an old mail or a browser's history sets the password again.",
                fix="def _make_hash_value(self, user, timestamp):\n"
                "    return super()._make_hash_value(user, timestamp)",
            )


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
