"""What a route is for: from what its code does, else from the words of its path and view."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import (
    Secret,
    for_new_account,
    is_random,
    of_known_account,
    secrets_of,
    sets_sent_password,
)
from django_bearer_audit.project.routes.facts import Purpose

_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PASSWORD = r"(password|passwd|pwd|pass)"
_EMAIL = r"(email|mail|account)"
_CONFIRM = r"(verify|confirm|activate|verification|confirmation|activation)"

_LOGOUT = ["log ?out", "sign ?out", "revoke"]
_RESET = [
    rf"{_PASSWORD} (reset|forgot\w*|recover\w*)",
    rf"(reset|forgot\w*|forget|recover\w*)( my| your)? {_PASSWORD}",
    "forgot",
    "recovery",
    "(reset|forgot)pass(word)?",
    rf"(create|set|new|set new) {_PASSWORD}",
    "passwordreset",
]
_CODE = [
    "otp",
    "totp",
    "2fa",
    "mfa",
    "(verify|verification|confirm|login|sms|auth|check|validate|send|resend) (code|otp|pin)",
    "(sms|phone) (verify|verification|login)",
    "two factor",
    "pin code",
    "verifyotp",
    "sendotp",
]
_PUBLIC = [
    "webhooks?|hook|callback|ipn|postback|health|healthz|healthcheck|liveness",
    "readiness|csrf|csp",
    "robots|sitemap|favicon|schema|swagger|redoc|openapi|jwks|oauth2?|oidc|saml|sso",
    "acs",
    "contactus|newsletter|unsubscribe|feedback|captcha|telemetry|beacon|enquiry",
    "inquiry|waitlist",
    "preflight",
    "well known",
    "contact (us|requests?|forms?|messages?)",
    "set language",
    "report uri",
    "debug toolbar",
    "social login",
    rf"{_CONFIRM}( user| your)? {_EMAIL}",
    rf"{_EMAIL} {_CONFIRM}",
]
_REFRESH = [
    "refresh",
    "tokens? (refresh|verify|renew|rotate|blacklist|revoke)",
    "refreshtoken",
    "introspect",
    "rotate tokens?",
]
_REGISTER = [
    "register|registration|registro|signup|registeruser|registrar|inscription|(?<!.)join(?= (us|now|today)|$)",
    "sign ?up",
    "create (user|account)",
    "(user|users|account|accounts) (create|register|registration)",
]
_LOGIN = [
    "signin|authenticate|obtain|userlogin|loginuser|connexion",
    "(auth|authentication)(?=$)",  # `auth/verify` only lies in that folder
    "log ?in",
    "sign ?in",
    "token( obtain)?",
    "jwt( create)?",
    "(get|access) token",
]
# The first that fits decides: `password/reset/confirm` is a reset, `token/refresh` no login.
_PHRASES = tuple(
    (purpose, re.compile(rf"(^| )({'|'.join(phrases)})( |$)"))
    for purpose, phrases in [
        (Purpose.LOGOUT, _LOGOUT),
        (Purpose.RESET, _RESET),
        (Purpose.CODE, _CODE),
        (Purpose.PUBLIC, _PUBLIC),
        (Purpose.REFRESH, _REFRESH),
        (Purpose.REGISTER, _REGISTER),
        (Purpose.LOGIN, _LOGIN),
    ]
)
# Words that say what kind of thing a name is, not what it is for.
_NOISE = frozenset(
    ["view", "views", "set", "viewset", "api", "apiview", "handler", "endpoint", "class", "v1", "v2", "list"],
)
# Said alone they make a view public; beside other words (`order/<pk>/status`) they do not.
_PUBLIC_ALONE = re.compile(
    r"contact|subscribe|status|ping|ready|live|version|home|about|faq|docs|metrics"
    r"|search|index|languages|verify|confirm|activate|activation|verification"
    r"|confirmation|track|tracking|analytics|lead|invite|i18n|hooks"
)


_PROVIDERS = re.compile(
    r"(^| )(google|facebook|github|gitlab|apple|microsoft|linkedin|twitter|discord|kakao|naver|openid|oidc"
    r"|saml|sso|social|oauth2?|ldap|cas|keycloak|azure|okta)( |$)"
)


def by_effects(effects: Iterable[Effect]) -> Purpose | None:
    """None when the code does nothing that says it."""
    every = list(effects)
    secrets = secrets_of(every)
    sets = [effect for effect in every if sets_sent_password(effect)]
    if sets:
        if any(effect.act is Act.CREATES for effect in every) or all(map(for_new_account, sets)):
            return Purpose.REGISTER
        if any(map(of_known_account, sets)):
            return Purpose.RESET
    if Secret.PASSWORD in secrets:
        return Purpose.LOGIN
    if Secret.CODE in secrets or any(effect.act is Act.SENDS and is_random(effect.value) for effect in every):
        return Purpose.CODE
    return None


def by_provider(*texts: str) -> bool:
    """The password is tried at somebody else's endpoint: a login through another provider."""
    return any(_PROVIDERS.search(words(text)) for text in texts)


def words(text: str) -> str:
    """`users/verifyOtp/` as "users verify otp"."""
    bare = re.sub(r"<[^>]*>", " ", text)
    said = (piece.lower() for piece in _SPLIT.split(bare) if piece)
    return " ".join(word for word in said if word not in _NOISE)


def by_words(*texts: str) -> Purpose:
    """The first text that says something decides."""
    for text in texts:
        said = words(text)
        if _PUBLIC_ALONE.fullmatch(said):
            return Purpose.PUBLIC
        for purpose, phrase in _PHRASES:
            if phrase.search(said):
                return purpose
    return Purpose.OTHER
