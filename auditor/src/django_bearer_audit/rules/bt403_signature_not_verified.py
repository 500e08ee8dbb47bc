"""A JWT is read without checking its signature.

The payload of a JWT is plain text that anybody can write; only the signature ties it to the issuer. PyJWT
with `verify_signature` off, the old `verify=False`, jose's `get_unverified_claims` and simplejwt tokens
built with `verify=False` take whatever comes. Asking another server over a connection with `verify=False`
is no check either: who sits in between answers.

Silent when the same function, or the one that calls it, verifies by other means. Silent, too, when the flag is
a variable, and on functions that say in their name that they do not verify. A function that only answers yes or
no about the issuer, the kind or the end of a token sorts tokens for those who verify them, and names nobody.

Fix: `jwt.decode(token, key, algorithms=["ES256"], audience=…, issuer=…)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_calling
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.flow.functions import returned
from django_bearer_audit.project.flow.jwt import DECODE, UNVERIFIED, argument, is_off, unverified
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT403"
TITLE = "JWT signature not verified"
CWE = "CWE-347"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_SAYS_SO = ("unsafe", "unverified", "insecure", "peek", "untrusted", "untyped", "debug")
_VERIFIES = ("verify", "verified", "validate", "introspect", "check_signature")
_ABOUT_THE_TOKEN = frozenset({"iss", "aud", "azp", "typ", "token_type", "exp", "nbf", "iat"})
_LETS_IN = ("permission", "permitted", "authenticate", "authenticated", "authorize", "authorized", "valid", "allowed")
_TOKENS = tuple(
    f"{package}.tokens.{name}"
    for package in ("rest_framework_simplejwt", "ninja_jwt")
    for name in ("AccessToken", "RefreshToken", "UntypedToken", "SlidingToken")
)


@modules_calling(*DECODE, *UNVERIFIED, *_TOKENS)
def check(project: Project, module: Module) -> Iterator[Hit]:
    for call in project.calls_in(module, *DECODE, *UNVERIFIED, *_TOKENS):
        if _does_not_verify(project, module, call) and not _verified_elsewhere(project, module, call):
            yield Hit(
                where=module.place(call),
                message=f"`{ast.unparse(call)[:100]}` takes the token's word for who it is.",
                attack="An attacker writes a token for any user himself; no key is needed.",
                fix='jwt.decode(token, settings.JWT_PUBLIC_KEY, algorithms=["ES256"], audience=…, issuer=…)',
            )


def _does_not_verify(project: Project, module: Module, call: ast.Call) -> bool:
    qualname = project.qualname(module, call.func) or ""
    if qualname in UNVERIFIED:
        return True
    flag = argument(call, 1 if qualname in _TOKENS else 2, "verify")
    verify = project.value(module, flag) if flag else None
    if qualname in _TOKENS:
        return is_off(verify)
    options = next((keyword.value for keyword in call.keywords if keyword.arg == "options"), None)
    return unverified(project.value(module, options) if options else None, verify)


def _verified_elsewhere(project: Project, module: Module, call: ast.Call) -> bool:
    function = module.function_around(call)
    if function is None:
        return False
    if has_word(function.name, *_SAYS_SO) or any(
        isinstance(scope, ast.ClassDef) and has_word(scope.name, "Blacklist", "Denylist")
        for scope in module.enclosing(call)
    ):
        return True
    if _only_sorts(function) or _verifies(project, module, function, call) or _opens(project, module, function):
        return True
    for other, use in project.functions.uses(module, function):
        caller = other.function_around(use)
        if caller is not None and _verifies(project, other, caller, use, function.name):
            return True
        if caller is not None and _opens(project, other, caller):
            return True
    return False


def _opens(project: Project, module: Module, function: Function) -> bool:
    """Whether the function, or one that it calls, opens a token with its key, by whatever name."""
    return any(effect.name != "unverified" for effect in project.effects.of(module, function).of(Act.OPENS))


def _only_sorts(function: Function) -> bool:
    """Whether it answers yes or no, and by claims about the token alone."""
    answers = list(returned(function))
    if not answers or not all(_is_yes_or_no(answer) for answer in answers) or has_word(function.name, *_LETS_IN):
        return False
    claims = set(_claims_read(function))
    return bool(claims) and claims <= _ABOUT_THE_TOKEN


def _is_yes_or_no(answer: ast.expr) -> bool:
    match answer:
        case ast.Constant(value=bool()) | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id="bool" | "isinstance" | "any" | "all")):
            return True
        case ast.BoolOp(values=values):
            return all(_is_yes_or_no(value) for value in values)
        case _:
            return False


def _claims_read(function: Function) -> Iterator[str]:
    for node in walk(function):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                yield name
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()]):
                yield name
            case _:
                pass


def _verifies(project: Project, module: Module, function: Function, but: ast.AST, itself: str = "") -> bool:
    """Whether a function calls anything else that verifies."""
    for call in (node for node in walk(function) if isinstance(node, ast.Call) and node is not but):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if project.qualname(module, call.func) in DECODE and not _does_not_verify(project, module, call):
            return True
        off = any(keyword.arg == "verify" for keyword in call.keywords)
        if name != itself and has_word(name, *_VERIFIES) and not off:
            return True
    return False
