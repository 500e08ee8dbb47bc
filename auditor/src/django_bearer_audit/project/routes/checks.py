"""Whether code asks who is calling: the evidence that a view protects itself.

It is evidence, not proof: a view with some of it is not reported as open. Rules that judge the check itself
look closer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.project.flow.words import vocabulary
from django_bearer_audit.project.routes.effects import writes
from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.walking import walk

_LOGGED_IN = frozenset({"is_authenticated", "is_anonymous"})
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
    void = {id(each) for gate in gates_without_effect(function) for each in walk(gate)}
    signs = [node for node in walk(function) if id(node) not in void and _is_sign(node)]
    choices = [node for node in signs if isinstance(node, ast.Attribute) and node.attr in _LOGGED_IN]
    return len(signs) > len(choices) or (bool(choices) and not _only_chooses(function, choices))


_ANSWERS = vocabulary("""
    redirect render PermissionDenied HttpResponse HttpResponseForbidden HttpResponseRedirect JsonResponse Response
    Http404
""")


def gates_without_effect(function: ast.AST) -> Iterator[ast.If]:
    """`if not request.user.is_staff: redirect("index")`: the answer is made and thrown away."""
    for node in walk(function):
        match node:
            case ast.If(test=test, body=[ast.Expr(value=ast.Call(func=called))], orelse=[]):
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if name in _ANSWERS and _refuses(test) and any(map(_is_of_caller, walk(test))):
                    yield node
            case _:
                pass


def _refuses(test: ast.expr) -> bool:
    """It is asked for what the caller is not."""
    match test:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.NotEq()]):
            return True
        case ast.Attribute(attr="is_anonymous"):
            return True
        case ast.BoolOp(values=values):
            return all(map(_refuses, values))
        case _:
            return False


def _is_of_caller(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "user" and _is_request(node.value)


def _only_chooses(function: ast.AST, choices: list[ast.Attribute]) -> bool:
    """Whoever is not logged in goes another way, is not refused, and rows are changed on either way afterwards."""
    branches = [node for node in walk(function) if isinstance(node, ast.If) and _tests(node, choices)]
    tested = {id(each) for branch in branches for each in walk(branch.test)}
    if not branches or any(id(choice) not in tested for choice in choices):
        return False
    inside = [each for branch in branches for part in (branch.body, branch.orelse) for s in part for each in walk(s)]
    within = {id(each) for each in inside}
    refuses = any(isinstance(each, ast.Return | ast.Raise) for each in inside)
    told = {name for node in walk(function) if id(node) not in within and (name := _told_to_be(node))}
    saved = [each for each in writes(function) if id(each) not in within]
    return not refuses and any(
        isinstance(each.func, ast.Attribute) and _named(each.func.value) in told for each in saved
    )


def _told_to_be(node: ast.AST) -> str:
    """`order.paid = True`: the row is told what to be; a page that counts its readers is not meant."""
    match node:
        case ast.Assign(targets=[ast.Attribute(value=owner)], value=ast.Constant() | ast.Attribute()):
            return _named(owner)
        case _:
            return ""


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _tests(branch: ast.If, choices: list[ast.Attribute]) -> bool:
    """The test asks for a login and nothing else."""
    test = branch.test.operand if isinstance(branch.test, ast.UnaryOp) else branch.test
    return any(test is choice for choice in choices)


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


_OWN_QUERY = frozenset({"request", "user", "kwargs", "filter", "objects", "get_object_or_404"})


def chooses_row(function: ast.AST) -> bool:
    """Whether a `get_object` or `get_queryset` does more than call the original and note something in its row."""
    told = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in walk(function)}
    refuses = any(isinstance(node, ast.Raise) for node in walk(function))
    return refuses or bool(told & _OWN_QUERY) or not any(map(_calls_original, walk(function)))


def _calls_original(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
            return True
        case _:
            return False
