"""A password is hashed with a function made for speed.

MD5 and the SHA family are made to be fast: a graphics card tries billions of passwords a second against them.
Django's hashers are slow on purpose, salted, and replaced by better ones as time goes on.

Silent on the protocols that prescribe such a hash (HTTP digest, pwned-password lists), and inside a hasher of
Django's kind, which wraps the old hashes of another system in slow ones.

Fix: `make_password` and `check_password`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import has_word, is_password, vocabulary
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Known
from django_bearer_audit.project.walking import walk

ID = "BT713"
TITLE = "Password hashed fast"
CWE = "CWE-916"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FAST = vocabulary("hashlib.md5 hashlib.sha1 hashlib.sha224 hashlib.sha256 hashlib.sha384 hashlib.sha512")
_SALTS = {
    "hashlib.pbkdf2_hmac": 2,
    "hashlib.scrypt": 9,
    "bcrypt.hashpw": 1,
    "hashers.make_password": 1,
    "utils.crypto.pbkdf2": 1,
}
"""Where the salt stands among the arguments."""
_PROTOCOLS = ("digest", "pwned", "hibp", "ntlm", "ldap", "breach", "breached", "leaked")


@modules_calling(
    *_FAST, "hashlib.pbkdf2_hmac", "hashlib.scrypt", "bcrypt.hashpw", "django.contrib.auth.hashers.make_password"
)
def check(project: Project, module: Module) -> Iterator[Hit]:
    yield from _literal_salts(project, module)
    for call in project.calls_in(module, *_FAST):
        names = [scope.name for scope in module.enclosing(call) if not isinstance(scope, ast.Lambda)]
        if any(isinstance(scope, ast.ClassDef) and _is_slow_hasher(scope) for scope in module.enclosing(call)):
            continue
        if any(has_word(name, *_PROTOCOLS) for name in names) or "pwned" in module.text.lower():
            continue
        password = next((name for name in _hashed(call) if is_password(name)), None)
        if password and not _of_a_hash(project, module, call):
            yield Hit(
                where=module.place(call),
                message=f"{password} is hashed with {project.qualname(module, call.func)}.",
                attack="From a leaked table most passwords are found within hours.",
                fix="from django.contrib.auth.hashers import make_password\nmake_password(password)",
            )
            return


def _literal_salts(project: Project, module: Module) -> Iterator[Hit]:
    """`make_password(password, "salt")`: a salt that stands in the source is the same for everybody."""
    for call in module.nodes(ast.Call):
        name = project.qualname(module, call.func) or ""
        place = next((place for end, place in _SALTS.items() if name == end or name.endswith(f".{end}")), None)
        given = [k.value for k in call.keywords if k.arg == "salt"] if place is not None else []
        given = given or (call.args[place : place + 1] if place is not None else [])
        salt = project.value(module, given[0]) if given else None
        derives = any(
            isinstance(n, ast.Name | ast.Attribute) and _names_key(n) for a in call.args[:2] for n in walk(a)
        )
        if isinstance(salt, Known) and isinstance(salt.value, str | bytes) and salt.value and not derives:
            yield Hit(
                where=module.place(call),
                message=f"{name.rpartition('.')[2]} is given a salt that stands in the source.",
                attack="Equal passwords have equal hashes, and one table of hashes opens every account.",
                fix="from django.contrib.auth.hashers import make_password\nmake_password(password)",
            )


def _names_key(node: ast.Name | ast.Attribute) -> bool:
    """A key is made of another one: no password of anybody is stored."""
    return has_word(node.id if isinstance(node, ast.Name) else node.attr, "key", "secret")


def _is_slow_hasher(node: ast.ClassDef) -> bool:
    """`class Migrated(PBKDF2PasswordHasher)`: what it computes is hashed slowly after that."""
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    return any(re.match(r"(PBKDF2|Argon2|BCrypt|Scrypt)\w*PasswordHasher$", base) for base in bases)


def _hashed(call: ast.Call) -> Iterator[str]:
    """The names of what is hashed: alone, encoded, or joined with a salt."""
    for node in (each for argument in call.args for each in walk(argument)):
        match node:
            case ast.Name(id=name):  # `user.password` is a hash already
                yield name
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                yield name
            case _:
                pass


def _of_a_hash(project: Project, module: Module, call: ast.Call) -> bool:
    """Whether callers hand over the column, `digest(user.password)`: that is a hash already."""
    function = module.function_around(call)
    uses = project.functions.uses(module, function) if function else ()
    return any(
        isinstance(argument, ast.Attribute) and argument.attr == "password"
        for _, use in uses
        if isinstance(use, ast.Call)
        for argument in [*use.args, *(keyword.value for keyword in use.keywords)]
    )
