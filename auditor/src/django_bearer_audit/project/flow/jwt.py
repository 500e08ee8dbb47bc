"""Calls of the JWT libraries: which they are, and what was said about verification."""

from __future__ import annotations

import ast

from django_bearer_audit.project.flow.words import has_word, vocabulary
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Items, Known, Table, Value, leaves, text

ENCODE = ("jwt.encode", "jose.jwt.encode", "authlib.jose.jwt.encode", "jwt.JWT.encode", "jwt.PyJWT.encode")
DECODE = (
    "jwt.decode",
    "jose.jwt.decode",
    "authlib.jose.jwt.decode",
    "jwt.decode_complete",
    "jwt.api_jwt.decode",
)
UNVERIFIED = ("jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims")
HEADER = (
    "jwt.get_unverified_header",
    "jose.jwt.get_unverified_header",
    "jose.jws.get_unverified_header",
    "jose.jwt.get_unverified_headers",
)
TIMES = vocabulary("exp iat nbf expiry expires")
SUBJECT = vocabulary(
    """sub user_id userid user uid id pk email username usr account name user_name identity client_id iss jti
    uuid login phone session sid payload data subject aud scope usuario user_pk"""
)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument, given by name or by place."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    given = [each for each in call.args if not isinstance(each, ast.Starred)]
    return given[position] if len(given) == len(call.args) and len(given) > position else None


# What is signed for a mail, for another service or as an OpenID answer is no login here.
_ELSEWHERE = vocabulary("""
    invite invitation reset verify verification activation confirm unsubscribe id oidc assertion webhook
    download
""")
_LOGIN = vocabulary("login token tokens jwt auth signin authenticate session user access")


def is_login_token(module: Module, call: ast.Call) -> bool:
    """Whether the token that is made opens the API: by the password check beside it, or by the names around.

    Links in mails and calls of other services carry JWTs, too, and end in other ways.
    """
    function = module.function_around(call)
    names = [scope.name for scope in module.enclosing(call) if not isinstance(scope, ast.Lambda)]
    if any(has_word(name, *_ELSEWHERE) for name in [*names, module.path.replace("/", "_")]):
        return False
    code = ast.unparse(function) if function else ""
    proves = "check_password" in code or "authenticate(" in code
    return proves or any(has_word(name, *_LOGIN) for name in names)


def is_off(value: Value | None) -> bool:
    """Whether an option is False, on every path."""
    found = list(leaves(value)) if value is not None else []
    return bool(found) and all(isinstance(leaf, Known) and leaf.value in (False, 0) for leaf in found)


def unverified(options: Value | None, verify: Value | None) -> bool:
    """Whether the call asks not to check the signature."""
    table = options if isinstance(options, Table) else None
    entry = table.entries.get("verify_signature") if table else None
    return is_off(verify) or is_off(entry)


def required(options: Value | None) -> frozenset[str]:
    """The claims that the call requires: `options={"require": ["exp"]}`, or jose's `require_exp`."""
    if not isinstance(options, Table):
        return frozenset()
    listed = options.entries.get("require")
    named = {text(item) or "" for item in listed.items} if isinstance(listed, Items) else set()
    one_by_one = {
        str(key).removeprefix("require_")
        for key, value in options.entries.items()
        if str(key).startswith("require_") and not is_off(value)
    }
    return frozenset(named | one_by_one)
