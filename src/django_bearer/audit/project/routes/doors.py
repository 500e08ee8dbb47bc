"""Doors where secrets are tried and nobody counts: credential endpoints without a rate limit in force."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer.audit.project.files import Tree
from django_bearer.audit.project.routes.facts import (
    CREDENTIALS,
    SAFE,
    Endpoint,
    Function,
    Purpose,
    Source,
    Who,
)
from django_bearer.audit.project.settings import Settings

# These count failed logins wherever Django's authenticate() is called.
_LOCKS = ("axes", "defender")
_PROXY = re.compile(rb"limit_req\b|rate_?limit|ratelimit|throttl", re.I)
_PROXY_FILES = (".yml", ".yaml")
_PASSWORD = re.compile(
    r"a?authenticate|authenticate_user|(auth_|django_|do_|perform_)?login|check_password|verify_password|checkpw|for_user"
    r"|validate_password_hash|create_access_token|token_obtain\w*|create_jwt\w*|generate_jwt\w*"
)
_LETTER = re.compile(
    r"a?authenticate|check_password|(check|make|generate|create|verify|validate|send)_?\w*(token|otp|code|link|mail|sms|reset\w*)"
    r"|token_urlsafe|make_random_password|rand(int|range)|choices|set_password|send_\w+|EmailMessage|EmailMultiAlternatives"
    r"|urlsafe_base64_\w+|save",
    re.I,
)
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


def locked(endpoint: Endpoint, settings: Settings | None) -> bool:
    """Whether an app that counts failed logins is installed, for a login."""
    return endpoint.purpose is Purpose.LOGIN and settings is not None and settings.installed(*_LOCKS)


def limited_at_proxy(tree: Tree) -> bool:
    """A gateway configured in the tree (Traefik labels, ingress annotations) that limits rates."""
    for path in tree.ending(*_PROXY_FILES):
        try:
            if _PROXY.search((tree.root / path).read_bytes()):
                return True
        except OSError:
            pass
    return False


def tries_secret(endpoint: Endpoint, function: Function) -> bool:
    """Code that tries a password or code, or sends or makes one."""
    wanted = _PASSWORD if endpoint.purpose is Purpose.LOGIN else _LETTER
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                by_serializer = name == "is_valid" and _SAYS_LOGIN.search(endpoint.view.rpartition(".")[2])
                if wanted.fullmatch(name) or by_serializer:
                    return True
            case _:
                pass
    if endpoint.purpose is Purpose.LOGIN:
        return any(_tries_password(node) for node in ast.walk(function))
    return endpoint.purpose is Purpose.CODE and _compares_code(function)


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
        for node in ast.walk(function)
    )


def _anyone_may_try(endpoint: Endpoint) -> bool:
    """Open, or guarded only by the secret that its own code tries."""
    by_itself = endpoint.who is Who.CHECKED and endpoint.permission.source is Source.BODY
    return endpoint.who is Who.EVERYBODY or by_itself
