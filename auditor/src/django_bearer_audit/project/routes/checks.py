"""Whether code asks who is calling: the evidence that a view protects itself.

It is evidence, not proof: a view with some of it is not reported as open. Rules that judge the check itself
look closer.
"""

from __future__ import annotations

import ast
import re

from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.walking import walk

_ATTRIBUTES = frozenset(
    [
        "is_authenticated",
        "is_anonymous",
        "is_staff",
        "is_superuser",
        "has_perm",
        "has_perms",
        "check_object_permissions",
        "check_permissions",
        "compare_digest",
        "check_password",
        "construct_event",
        "user_cache",
    ]
)
_NAMES = re.compile(
    r"PermissionDenied|NotAuthenticated|AuthenticationFailed|HttpResponseForbidden|HttpResponseUnauthorized"
    r"|HTTP_40[13]_\w+|UNAUTHORIZED|FORBIDDEN|Forbidden|Unauthorized|SuspiciousOperation|AnonymousUser"
)
_HEADER = re.compile(
    r"(http_)?(authorization|(x[-_])?[\w-]*(signature|token|api[-_]?key|secret|hmac|auth)[\w-]*)", re.I
)
_ASKS = re.compile(
    r"authenticate|authoriz|(check|verify|validate|require|ensure|assert|enforce|test)_?\w*"
    r"(perm|auth|access|token|owner|role|signature|jwt|login|logged|staff|admin|secret|hmac|password|otp|member)"
    r"|(user|account|member|client|payload)_?(from|by|for)_?(token|request|header|jwt|session|key)"
    r"|(decode|parse|read|get|load|extract)_?\w*(token|jwt|bearer|session_user)|(has|user|is)_?(perm|access|role|owner|allowed|member)"
    r"|jwt|(login|auth|permission|staff|token)_required|user_passes_test|current_user|(^|_)can_\w+|unsign|get_signed_cookie"
    r"|redirect_to_login",
    re.I,
)
_MAKES = re.compile(
    r"(^|_)(encode|encoder|make|maker|create|generate|generator|issue|build|builder)(_|$)|^sign_", re.I
)
"""`jwt_encoder(user)` makes a token, and asks nobody for one."""
_CAPABILITY = re.compile(
    r"(^|_)(token|secret|otp|signature|activation\w*|verification\w*|api_?key|access_key|nonce|invite_code|hash)($|_)"
)
_PROOFS = re.compile(r"Otp|OTP|Verification|Activation|Invitation|PasswordReset|MagicLink|OneTime")
"""Tables of what was sent to one person: whoever names a row of them has been told it."""
_SESSION = re.compile(r"user|login|auth|account|member|admin|uid|role|id$", re.I)
_URL_KEYS = "api|access|auth|secret|private|ping|share|edit|write|upload|push|ingest|webhook|invite"
_URL_SECRET = re.compile(rf"<(\w+:)?\w*(token|uidb64|secret|signature|sig|hash|nonce|({_URL_KEYS})_?key)\w*>", re.I)


def asks_who(function: Function | ast.ClassDef) -> bool:
    """Whether the code of a function holds a sign of asking for identity or proof."""
    return any(_is_sign(node) for node in walk(function))


def has_secret_in_path(path: str) -> bool:
    """The link itself is the key: `reset/<uidb64>/<token>/`."""
    return bool(_URL_SECRET.search(path))


def _is_sign(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=attr, ctx=ast.Load()):
            return attr in _ATTRIBUTES or bool(_NAMES.fullmatch(attr))
        case ast.Name(id=name):
            return bool(_NAMES.fullmatch(name))
        case ast.Constant(value=401 | 403):
            return True
        case ast.Call(func=function):
            return _asking_call(function) or _header_or_session(node) or _filters_by_caller(node)
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)):
            return _reads_identity(owner, key)
        case ast.Compare(left=left, comparators=others):
            return any(_is_secret(side) for side in (left, *others))
        case _:
            return False


def _asking_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return bool(_ASKS.search(name)) and name not in {"get_token", "set_password"} and not _MAKES.search(name)


def _header_or_session(node: ast.Call) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=owner, attr="get" | "pop"), args=[ast.Constant(value=str() as key), *_]
        ):
            return _reads_identity(owner, key)
        case _:
            return False


def _reads_identity(owner: ast.expr, key: str) -> bool:
    source = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    if source in {"META", "headers", "COOKIES", "_headers", "cookies"}:
        return bool(_HEADER.fullmatch(key))
    return source == "session" and bool(_SESSION.search(key))


def _filters_by_caller(node: ast.Call) -> bool:
    """Rows are looked up by the caller or by a secret the caller must know."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in {
        "get",
        "filter",
        "exclude",
        "get_object_or_404",
        "get_list_or_404",
        "get_or_none",
        "aget",
    }:
        return False
    if any(isinstance(each, ast.Name) and _PROOFS.search(each.id) for each in walk(node.func)):
        return True
    return any(key.arg and (_CAPABILITY.search(key.arg) or _is_caller(key.value)) for key in node.keywords)


def _is_caller(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        if node.attr in {"user", "auth"} and _is_request(node.value):
            return True
        node = node.value
    return False


def _is_request(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in {"request", "req", "info"}) or (
        isinstance(node, ast.Attribute) and node.attr in {"request", "context"}
    )


def _is_secret(node: ast.expr) -> bool:
    """One side of a comparison is a secret of the settings."""
    return isinstance(node, ast.Attribute) and bool(re.search(r"SECRET|TOKEN|KEY|PASSWORD", node.attr))
