"""What becomes of each setting of the old packages: its successor, or why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

BRIDGE = "read by the bridge"
"""The setting stays as it is until `UNTIL`: old tokens are verified with it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one setting. `successor` is None where there is no counterpart; `text` says more, or why."""

    key: str
    successor: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.successor}: {self.text}" if self.successor else f"no counterpart, because {self.text}"


_SERIALIZER = (None, "answers have a fixed form; a view of your own calls django_bearer.login()")
_OBTAIN = ("BEARER['EXTRA_CLAIMS']", "claims of your own; other members of the answer come from a view of your own")
_SLIDING = (None, "a token that extends itself cannot be rotated; sliding tokens are refused, and their users log in")
_RESET = ("BEARER['RECOVERY_URL']", "recovery is django-bearer's, or that of django-allauth")
_FACTORS = ("BEARER['SECOND_FACTOR']", "second factors are those of django-allauth or your own")
_ACCOUNTS = (None, "accounts and their forms are the project's or django-allauth's")
_SERVER = (None, "an authorization server (codes, consent, registration of clients) is not part of django-bearer")
_PLUGGED = (None, "tokens are made and checked in one way, which no setting replaces")
_COOKIE = ("the __Host- cookie", "its name, flags and path are fixed: Secure, HttpOnly, SameSite=Strict")

SETTINGS: Mapping[str, Mapping[str, tuple[str | None, str]]] = {
    "SIMPLE_JWT": {
        "ACCESS_TOKEN_LIFETIME": ("BEARER['ACCESS_TOKEN_LIFETIME']", "at most an hour"),
        "REFRESH_TOKEN_LIFETIME": ("BEARER['SESSION_LIFETIME']", "from the login on, however often it is refreshed"),
        "ROTATE_REFRESH_TOKENS": (None, "refresh tokens are always rotated"),
        "BLACKLIST_AFTER_ROTATION": (None, "a refresh token is good for one exchange, without a table"),
        "UPDATE_LAST_LOGIN": (None, "a login always sends Django's user_logged_in, which updates last_login"),
        "ALGORITHM": ("BEARER['SIGNING_ALGORITHM']", f"asymmetric only, so HS256 becomes ES256; {BRIDGE}"),
        "SIGNING_KEY": (None, f"signing keys are made and rotated by django-bearer; {BRIDGE}"),
        "VERIFYING_KEY": ("jwks.json", f"other services read our keys there; {BRIDGE}"),
        "AUDIENCE": ("BEARER['AUDIENCE']", f"required; {BRIDGE}"),
        "ISSUER": ("BEARER['ISSUER']", f"required, an https URL; {BRIDGE}"),
        "JSON_ENCODER": (None, "claims are encoded with Django's JSON encoder"),
        "JWK_URL": (None, "tokens of another server are not accepted"),
        "LEEWAY": ("BEARER['LEEWAY']", f"at most 60 seconds; {BRIDGE}"),
        "AUTH_HEADER_TYPES": (None, f"Bearer is the only scheme of ours; {BRIDGE}"),
        "AUTH_HEADER_NAME": (None, "tokens come in the Authorization header (RFC 6750 section 2.1)"),
        "USER_ID_FIELD": ("BEARER['USER_ID_FIELD']", f"the claim is `sub`; {BRIDGE}"),
        "USER_ID_CLAIM": (None, f"the claim is `sub` (RFC 9068 section 2.2); {BRIDGE}"),
        "USER_AUTHENTICATION_RULE": ("BEARER['LOGIN_POLICY']", "an inactive user is always refused"),
        "AUTH_TOKEN_CLASSES": (None, "there is one kind of access token"),
        "TOKEN_TYPE_CLAIM": (None, f"the kind is the header's `typ` (RFC 9068 section 2.1); {BRIDGE}"),
        "JTI_CLAIM": (None, f"it is always `jti`; {BRIDGE}"),
        "TOKEN_USER_CLASS": (None, "the user is read at each request, so that a disabled one is refused at once"),
        "SLIDING_TOKEN_REFRESH_EXP_CLAIM": _SLIDING,
        "SLIDING_TOKEN_LIFETIME": _SLIDING,
        "SLIDING_TOKEN_REFRESH_LIFETIME": _SLIDING,
        "TOKEN_OBTAIN_SERIALIZER": _OBTAIN,
        "TOKEN_REFRESH_SERIALIZER": _SERIALIZER,
        "TOKEN_VERIFY_SERIALIZER": _SERIALIZER,
        "TOKEN_BLACKLIST_SERIALIZER": _SERIALIZER,
        "SLIDING_TOKEN_OBTAIN_SERIALIZER": _SLIDING,
        "SLIDING_TOKEN_REFRESH_SERIALIZER": _SLIDING,
        "CHECK_REVOKE_TOKEN": (None, f"a changed password always ends every session; {BRIDGE}"),
        "REVOKE_TOKEN_CLAIM": (None, f"the session's row has the password's fingerprint; {BRIDGE}"),
        "CHECK_USER_IS_ACTIVE": (None, "an inactive user is always refused"),
    },
    "REST_KNOX": {
        "SECURE_HASH_ALGORITHM": (None, f"digests are SHA-256 of 256 random bits; {BRIDGE}"),
        "AUTH_TOKEN_CHARACTER_LENGTH": (None, "a secret has 256 bits"),
        "TOKEN_TTL": ("BEARER['SESSION_LIFETIME']", f"for machines the lifetime of an API token; {BRIDGE}"),
        "USER_SERIALIZER": _SERIALIZER,
        "TOKEN_LIMIT_PER_USER": (
            "BEARER['API_TOKEN_LIMIT']",
            "for API tokens; sessions are listed, and can be ended",
        ),
        "AUTO_REFRESH": ("BEARER['SESSION_IDLE_LIFETIME']", f"a session that is refreshed goes on; {BRIDGE}"),
        "AUTO_REFRESH_MAX_TTL": ("BEARER['SESSION_LIFETIME']", BRIDGE),
        "MIN_REFRESH_INTERVAL": (None, "a session is written when it is refreshed, not at each request"),
        "AUTH_HEADER_PREFIX": (None, f"Bearer is the only scheme of ours; {BRIDGE}"),
        "EXPIRY_DATETIME_FORMAT": (None, "answers say expires_in, in seconds (RFC 6749 section 5.1)"),
        "TOKEN_MODEL": (None, "models cannot be replaced"),
        "TOKEN_PREFIX": (None, "every token of ours has a prefix that scanners of secrets know"),
    },
    "REST_AUTH": {
        "LOGIN_SERIALIZER": _SERIALIZER,
        "TOKEN_SERIALIZER": _SERIALIZER,
        "JWT_SERIALIZER": _SERIALIZER,
        "JWT_SERIALIZER_WITH_EXPIRATION": _SERIALIZER,
        "JWT_TOKEN_CLAIMS_SERIALIZER": _OBTAIN,
        "USER_DETAILS_SERIALIZER": _ACCOUNTS,
        "PASSWORD_RESET_SERIALIZER": _RESET,
        "PASSWORD_RESET_CONFIRM_SERIALIZER": _RESET,
        "PASSWORD_RESET_USE_SITES_DOMAIN": (
            "BEARER['RECOVERY_URL']",
            "the link's address is never the request's host",
        ),
        "PASSWORD_CHANGE_SERIALIZER": _ACCOUNTS,
        "REGISTER_SERIALIZER": _ACCOUNTS,
        "REGISTER_PERMISSION_CLASSES": _ACCOUNTS,
        "TOKEN_MODEL": (None, "sessions have no token model; keys of authtoken are read by the bridge"),
        "TOKEN_CREATOR": _PLUGGED,
        "OLD_PASSWORD_FIELD_ENABLED": (
            "step_up_required",
            "a recent login is asked for before a password is changed",
        ),
        "LOGOUT_ON_PASSWORD_CHANGE": (None, "a changed password always ends every session"),
        "SESSION_LOGIN": (None, "a login opens no session of Django beside the tokens"),
        "USE_JWT": (None, "access tokens are always JWTs, and refresh tokens never"),
        "JWT_AUTH_COOKIE": (None, "an access token stays in memory and comes in the header, never in a cookie"),
        "JWT_AUTH_REFRESH_COOKIE": _COOKIE,
        "JWT_AUTH_REFRESH_COOKIE_PATH": _COOKIE,
        "JWT_AUTH_SECURE": _COOKIE,
        "JWT_AUTH_HTTPONLY": _COOKIE,
        "JWT_AUTH_SAMESITE": _COOKIE,
        "JWT_AUTH_COOKIE_DOMAIN": (None, "a __Host- cookie has no domain: another host could set it"),
        "JWT_AUTH_RETURN_EXPIRATION": (None, "answers always say expires_in"),
        "JWT_AUTH_COOKIE_USE_CSRF": (None, "the origin is always checked where the cookie is used"),
        "JWT_AUTH_COOKIE_ENFORCE_CSRF_ON_UNAUTHENTICATED": (None, "the origin is always checked, at a login, too"),
        "MFA_*": _FACTORS,
    },
    "OAUTH2_PROVIDER": {
        "ACCESS_TOKEN_EXPIRE_SECONDS": ("BEARER['ACCESS_TOKEN_LIFETIME']", "at most an hour"),
        "REFRESH_TOKEN_EXPIRE_SECONDS": ("BEARER['SESSION_LIFETIME']", "from the login on"),
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": (None, "an answer that was lost is given again for ten seconds"),
        "REFRESH_TOKEN_REUSE_PROTECTION": (None, "a refresh token that is used again always ends its session"),
        "ROTATE_REFRESH_TOKEN": (None, "refresh tokens are always rotated"),
        "SCOPES": ("BEARER['SCOPES']", "the names; their descriptions belong to the consent page"),
        "DEFAULT_SCOPES": (
            "BEARER['CLIENTS'][…]['scopes']",
            "a client is granted its scopes unless it asks for fewer",
        ),
        "SCOPES_BACKEND_CLASS": ("BEARER['CLIENTS'][…]['scopes']", "scopes are settings"),
        "READ_SCOPE": (None, "a view names the scope that it needs"),
        "WRITE_SCOPE": (None, "a view names the scope that it needs"),
        "ERROR_RESPONSE_WITH_SCOPES": (None, "the challenge always names the scope (RFC 6750 section 3)"),
        "CLIENT_ID_GENERATOR_CLASS": ("BEARER['CLIENTS']", "clients are settings, not rows"),
        "CLIENT_SECRET_*": ("BEARER['CLIENTS'][…]", "a client has the digests of its secrets"),
        "APPLICATION_MODEL": ("BEARER['CLIENTS']", "clients are settings, not rows"),
        "*_ADMIN_CLASS": (None, "the admin of sessions is fixed"),
        "ACCESS_TOKEN_MODEL": (None, "models cannot be replaced"),
        "ID_TOKEN_MODEL": _SERVER,
        "GRANT_MODEL": _SERVER,
        "REFRESH_TOKEN_MODEL": (None, "models cannot be replaced"),
        "DEVICE_*": _SERVER,
        "OAUTH_DEVICE_*": _SERVER,
        "ACCESS_TOKEN_GENERATOR": _PLUGGED,
        "REFRESH_TOKEN_GENERATOR": _PLUGGED,
        "OAUTH_PRE_TOKEN_VALIDATION": ("BEARER['LOGIN_POLICY']", "asked before each session and refresh"),
        "EXTRA_SERVER_KWARGS": _PLUGGED,
        "OAUTH2_SERVER_CLASS": _PLUGGED,
        "OAUTH2_VALIDATOR_CLASS": _PLUGGED,
        "OAUTH2_BACKEND_CLASS": _PLUGGED,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": _SERVER,
        "ID_TOKEN_EXPIRE_SECONDS": _SERVER,
        "REQUEST_APPROVAL_PROMPT": _SERVER,
        "ALLOWED_REDIRECT_URI_SCHEMES": _SERVER,
        "ALLOWED_SCHEMES": _SERVER,
        "ALLOW_*": _SERVER,
        "PKCE_REQUIRED": _SERVER,
        "OIDC_*": _SERVER,
        "DCR_*": _SERVER,
        "CIMD_*": _SERVER,
        "COMPLIANT_BCP_RFC9700_*": (None, "what RFC 9700 asks of tokens has no switch; the rest is an issuer's"),
        "OAUTH2_PROTECTED_RESOURCE_*": ("the metadata", "made from ISSUER and AUDIENCE"),
        "OAUTH2_*_SUPPORTED": ("the metadata", "it says what is there"),
        "RESOURCE_SERVER_*": (None, "access tokens are verified where they come, and not by asking another server"),
        "AUTHENTICATION_SERVER_EXP_TIME_ZONE": (None, "times are seconds since 1970"),
        "CLEAR_EXPIRED_TOKENS_*": ("bearer_purge", "the command deletes what has ended, in batches"),
        "ALWAYS_RELOAD_OAUTHLIB_CORE": _PLUGGED,
    },
}
"""Each setting of each package, by name; `*` stands for any characters."""


def answer(setting: str, key: str) -> Answer | None:
    """What becomes of a key of a setting, such as `SIMPLE_JWT`; None for a key that the package does not have."""
    known = SETTINGS[setting]
    pattern = key if key in known else next((each for each in known if fnmatchcase(key, each)), None)
    return None if pattern is None else Answer(key, *known[pattern])


def answers(given: Mapping[str, Any]) -> Iterator[tuple[str, str, Answer | None]]:
    """Every key of the old packages' settings that a project sets, with the setting's name and its answer."""
    for setting in SETTINGS:
        found = given.get(setting)
        for key in found if isinstance(found, Mapping) else ():
            yield setting, str(key), answer(setting, str(key))
