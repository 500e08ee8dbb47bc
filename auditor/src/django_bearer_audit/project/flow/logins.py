"""Functions that let somebody in: what hands out a login, what proves who asks, what ends a login."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.project.flow.functions import Functions
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import vocabulary
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

_LOGIN = vocabulary("django.contrib.auth.login django.contrib.auth.alogin")
_QUERIES = vocabulary("get get_object_or_404 aget filter get_or_create first last")
_ACCOUNT = vocabulary(
    "id pk email username user user_id userid uid uuid phone phone_number mobile login name account"
    " email__iexact username__iexact"
)
# Words of code that prove who asks; any of them silences a rule about its absence.
PROOF = re.compile(
    r"authenticate\(|check_password|check_token|verif|otp|\bcode\b|_code|signature|unsign|signing|loads\(|"
    r"decode\(|requests\.|httpx|urlopen|userinfo|oauth2|openid|id_token|passkey|webauthn|hmac|ticket|saml|ldap|introspect",
    re.I,
)
ENDS = re.compile(
    r"blacklist|denylist|revok|invalidate|\.delete\(|\.adelete\(|logout\(|\.logout\b|flush\(|cycle_key|"
    r"outstandingtoken|token_version|session_version|token_valid|tokens_valid|expire_|logout_all|rotate|"
    r"get_session_auth_hash|\bjti\b|end_session|sign_out\(|destroy",
    re.I,
)


def issued(imports: Imports, module: Module, function: Function) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Calls that hand out a login, with the user they hand it to."""
    for call in (node for node in walk(function) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Attribute(attr="for_user"), args=[user, *_]):
                yield call, user
            case ast.Call(args=[_, user, *_]) if imports.qualname(module, call.func) in _LOGIN:
                yield call, user
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=model), attr="objects"), attr=verb)
            ) if model in {"Token", "AuthToken", "MultiToken"} and verb in {"create", "get_or_create"}:
                given = [keyword.value for keyword in call.keywords if keyword.arg == "user"] or call.args
                if given:
                    yield call, given[0]
            case _:
                pass


def named_by_caller(functions: Functions, module: Module, node: ast.expr, depth: int = 0) -> ast.Call | None:
    """The query that looked an account up by what the caller sent, if that is where a user comes from."""
    match node:
        case ast.Name(id=name) if depth < 5:
            function = module.function_around(node)
            stored = functions.stored(module, function, name) if function else []
            found = [named_by_caller(functions, module, value, depth + 1) for value in stored]
            return found[0] if found and all(found) else None
        case ast.Attribute(value=owner, attr="user" | "owner" | "account"):
            return named_by_caller(functions, module, owner, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr="first" | "last" | "get"), args=[], keywords=[]):
            return named_by_caller(functions, module, owner, depth + 1)
        case ast.Subscript(value=owner):
            return named_by_caller(functions, module, owner, depth + 1)
        case ast.Call(func=ast.Attribute(attr=query) | ast.Name(id=query), keywords=[_, *_]) if query in _QUERIES:
            asked = [keyword for keyword in node.keywords if keyword.arg]
            if all(k.arg in _ACCOUNT and sent_by_caller(functions, module, k.value) for k in asked):
                return node
            return None
        case _:
            return None


def code_around(module: Module, node: ast.AST, function: Function) -> str:
    """The code of a function with its decorators and, for a method, the attributes of its class."""
    parts = [ast.unparse(function)]
    for scope in module.enclosing(node):
        if isinstance(scope, ast.ClassDef):
            parts += [ast.unparse(s) for s in scope.body if isinstance(s, ast.Assign | ast.AnnAssign)]
    return "\n".join(parts)
