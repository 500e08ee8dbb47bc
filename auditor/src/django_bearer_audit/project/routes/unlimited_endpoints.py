"""Credential endpoints without a rate limit in force: secrets are tried there and nothing counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.effects.meaning import Secret, secrets_of, tried
from django_bearer_audit.project.files import Tree
from django_bearer_audit.project.routes import Routes
from django_bearer_audit.project.routes.checks import has_secret_in_path
from django_bearer_audit.project.routes.facts import (
    CREDENTIALS,
    SAFE,
    Endpoint,
    Function,
    Kind,
    Purpose,
    Source,
    Who,
)
from django_bearer_audit.project.routes.purposes import by_effects
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.walking import walk

# These count failed logins wherever Django's authenticate() is called.
_LOCKS = ("axes", "defender")
_WRITTEN = frozenset({Purpose.LOGIN, Purpose.RESET, Purpose.CODE})
_PROXY = re.compile(rb"limit_req\b|rate_?limit|ratelimit|throttl", re.I)
_PROXY_FILES = (".yml", ".yaml")
_PASSWORD = re.compile(
    r"a?authenticate|authenticate_user|(auth_|django_|do_|perform_)?login|check_password|verify_password|checkpw|for_user"
    r"|validate_password_hash|create_access_token|token_obtain\w*|create_jwt\w*|generate_jwt\w*"
)
_INPUT = frozenset({"POST", "GET", "body", "data", "method", "session", "COOKIES", "query_params", "is_valid"})
_LETTER = re.compile(
    r"a?authenticate|check_password|(check|make|generate|create|verify|validate|send)_?\w*(token|otp|code|link|mail|sms|reset\w*)"
    r"|token_urlsafe|make_random_password|rand(int|range)|choices|set_password|send_\w+|EmailMessage|EmailMultiAlternatives"
    r"|urlsafe_base64_\w+|save|\w*reset_\w*password",
    re.I,
)
_LOGINS = re.compile(
    r"\.(ObtainAuthToken|ObtainJSONWebToken(View)?|TokenObtain\w*View|ObtainJSONWebTokenView)$"
    r"|(dj_)?rest_auth\.views\.LoginView$"
)
"""Views of packages that try a password."""
_SAYS_LOGIN = re.compile(r"log_?in|sign_?in|authenticate", re.I)


def unlimited(endpoints: tuple[Endpoint, ...]) -> Iterator[Endpoint]:
    """Credential endpoints that surely have no throttle."""
    for endpoint in endpoints:
        if (
            endpoint.purpose in CREDENTIALS
            and endpoint.method not in SAFE
            and _anyone_may_try(endpoint)
            and endpoint.throttle.names == ()
        ):
            yield endpoint


def own_endpoints(routes: Routes, settings_for: Callable[[str], Settings | None]) -> Iterator[Endpoint]:
    """Those of them whose code in this tree tries a password or a code."""
    for endpoint in unlimited(routes.table.endpoints):
        if endpoint.purpose not in _WRITTEN or endpoint.handler is None or endpoint.path == "?":
            continue
        if isinstance(endpoint.handler.node, ast.ClassDef):  # only the package's code answers
            continue
        if endpoint.purpose is not Purpose.LOGIN and _reads_nothing(routes, endpoint):
            continue
        if has_secret_in_path(endpoint.path):  # the link is the key: hundreds of bits, not six digits
            continue
        if not locked(endpoint, settings_for(endpoint.where.path)) and (
            with_basic(endpoint)
            or _is_login(routes, endpoint)
            or _tries(routes, endpoint)
            or (
                not _only_long(routes, endpoint)
                and any(tries_secret(endpoint, piece) for _, piece in routes.code_of(endpoint))
            )
        ):
            yield endpoint


def _reads_nothing(routes: Routes, endpoint: Endpoint) -> bool:
    """A function of Django whose code takes nothing of the request: a page that says that it is done."""
    node = endpoint.handler.node if endpoint.handler is not None else None
    if not isinstance(node, Function) or endpoint.kind is not Kind.DJANGO or "<" in endpoint.path:
        return False
    pieces = [piece for _, piece in routes.code_of(endpoint)]
    taken = {each.attr for piece in pieces for each in walk(piece) if isinstance(each, ast.Attribute)}
    calls = [each for each in walk(node) if isinstance(each, ast.Call) and getattr(each.func, "id", "") != "render"]
    handed = any(map(_is_request, (given for each in calls for given in each.args)))
    return not taken & _INPUT and not handed


def _is_request(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "request"


def _is_login(routes: Routes, endpoint: Endpoint) -> bool:
    """A view with code of its own that derives from the login of a package."""
    owner = endpoint.handler.owner if endpoint.handler is not None else None
    above = routes.above(owner) if owner is not None else ()
    return endpoint.purpose is Purpose.LOGIN and any(map(_LOGINS.search, above))


def _tries(routes: Routes, endpoint: Endpoint) -> bool:
    """Whether a secret that can be guessed is tried there, or one is mailed to whom the caller names."""
    effects = routes.effects_of(endpoint)
    if _only_long(routes, endpoint):
        return False
    found = secrets_of(effects)
    return bool(found & {Secret.PASSWORD, Secret.CODE}) or by_effects(effects) in {Purpose.CODE, Purpose.RESET}


def _only_long(routes: Routes, endpoint: Endpoint) -> bool:
    """Whether all that is tried there is signed, keyed or long chance, and nothing is mailed: nothing to guess."""
    effects = routes.effects_of(endpoint)
    found = {tried(effect) for effect in effects}
    opened = any(effect.act is Act.OPENS and effect.name != "unverified" for effect in effects)
    sends = any(effect.act is Act.SENDS for effect in effects)
    return (opened or Secret.TOKEN in found) and not found & {Secret.PASSWORD, Secret.CODE} and not sends


def locked(endpoint: Endpoint, settings: Settings | None) -> bool:
    """Whether an app that counts failed logins is installed, for a login."""
    return endpoint.purpose is Purpose.LOGIN and settings is not None and settings.installed(*_LOCKS)


def limited_at_proxy(tree: Tree) -> bool:
    """A gateway configured in the tree (Traefik labels, ingress annotations) that limits rates."""
    for path in tree.ending(*_PROXY_FILES):
        try:
            if _PROXY.search(tree.read(path)):
                return True
        except OSError:
            pass
    return False


def tries_secret(endpoint: Endpoint, function: Function) -> bool:
    """Code that tries a password or code, or sends or makes one."""
    wanted = _PASSWORD if endpoint.purpose is Purpose.LOGIN else _LETTER
    for node in walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                by_serializer = name == "is_valid" and _SAYS_LOGIN.search(endpoint.view.rpartition(".")[2])
                if wanted.fullmatch(name) or by_serializer:
                    return True
            case _:
                pass
    if endpoint.purpose is Purpose.LOGIN:
        return any(_tries_password(node) for node in walk(function))
    return endpoint.purpose in {Purpose.CODE, Purpose.RESET} and _compares_code(function)


def _tries_password(node: ast.AST) -> bool:
    """A home-made check: `user.password == …`, or a row looked up by its password."""
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(isinstance(side, ast.Attribute) and side.attr == "password" for side in (left, *others))
        case ast.Call(func=ast.Attribute(attr="get" | "filter"), keywords=keywords):
            return any(key.arg == "password" for key in keywords)
        case _:
            return False


def _compares_code(function: Function) -> bool:
    """A code is compared or looked up: `filter(email=…, otp=…)`."""
    return any(
        isinstance(node, ast.keyword) and node.arg is not None and bool(re.search(r"otp|code|pin", node.arg))
        for node in walk(function)
    )


def _anyone_may_try(endpoint: Endpoint) -> bool:
    """Open, or protected only by the secret that its own code tries, or by a password that comes along."""
    by_itself = endpoint.who is Who.CHECKED and endpoint.permission.source is Source.BODY
    return endpoint.who is Who.EVERYBODY or by_itself or with_basic(endpoint)


def with_basic(endpoint: Endpoint) -> bool:
    """A login that takes the password from HTTP Basic: REST framework tries it before the view runs."""
    names = endpoint.authentication.names
    basic = bool(names) and all(name.endswith("BasicAuthentication") for name in names or ())
    return endpoint.purpose is Purpose.LOGIN and endpoint.who is Who.USER and basic
