"""Names of the old packages that a project imports, and their successors."""

from __future__ import annotations

from collections.abc import Mapping

AUTHENTICATION = "django_bearer.integrations.drf.BearerAuthentication"
SIMPLEJWT = "django_bearer_migrate.compat.simplejwt"

ACCEPT: Mapping[str, str] = {
    "rest_framework_simplejwt.authentication.JWTAuthentication": AUTHENTICATION,
    "rest_framework_simplejwt.authentication.JWTTokenUserAuthentication": AUTHENTICATION,
    "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication": AUTHENTICATION,
    "knox.auth.TokenAuthentication": AUTHENTICATION,
    "rest_framework.authentication.TokenAuthentication": AUTHENTICATION,
    "dj_rest_auth.jwt_auth.JWTCookieAuthentication": AUTHENTICATION,
    "dj_rest_auth.jwt_auth.JWTAuthentication": AUTHENTICATION,
    "oauth2_provider.contrib.rest_framework.OAuth2Authentication": AUTHENTICATION,
    "oauth2_provider.contrib.rest_framework.authentication.OAuth2Authentication": AUTHENTICATION,
    "rest_framework_simplejwt.views.TokenRefreshView": f"{SIMPLEJWT}.TokenRefreshView",
}
"""What is renamed in the first deploy. The old version still issues what it issued."""
TRADE: Mapping[str, str] = {
    "rest_framework_simplejwt.views.TokenObtainPairView": f"{SIMPLEJWT}.TokenObtainPairView",
    "rest_framework_simplejwt.views.TokenVerifyView": f"{SIMPLEJWT}.TokenVerifyView",
    "rest_framework_simplejwt.views.TokenBlacklistView": f"{SIMPLEJWT}.TokenBlacklistView",
}
"""What is renamed in the second deploy, with `--trade`: new logins are ours from then on."""
NAMES = "django_bearer_migrate.compat.simplejwt_tokens"
BY_HAND: Mapping[str, str] = {
    "rest_framework_simplejwt.tokens": f"django_bearer.login() and issue_session(); until then {NAMES}",
    "rest_framework_simplejwt.serializers": f"BEARER['EXTRA_CLAIMS'] for claims; until then {NAMES}",
    "rest_framework_simplejwt.exceptions": "django_bearer.errors",
    "rest_framework_simplejwt.token_blacklist": "django_bearer.revoke_session(); the app stays until finish",
    "rest_framework_simplejwt": "see Coming from simplejwt",
    "knox.views": "django_bearer_migrate.compat.knox, when the last old process has ended; then our endpoints",
    "knox.models": (
        "django_bearer.issue_session() for people, issue_api_token() for machines;"
        " until then django_bearer_migrate.compat.opaque_models"
    ),
    "rest_framework.authtoken.models": (
        "django_bearer.issue_api_token() for machines; until then django_bearer_migrate.compat.opaque_models"
    ),
    "knox": "see Coming from knox or authtoken",
    "rest_framework.authtoken.views": "django_bearer_migrate.compat.authtoken, when the last old process has ended",
    "rest_framework.authtoken": "django_bearer.issue_api_token() for machines; the app stays until finish",
    "dj_rest_auth.views": "django_bearer_migrate.compat.dj_rest_auth for tokens; passwords and accounts stay",
    "dj_rest_auth.urls": "django_bearer_migrate.compat.dj_rest_auth for tokens, above those of dj-rest-auth",
    "dj_rest_auth": "see Coming from dj-rest-auth",
    "oauth2_provider": "see Coming from django-oauth-toolkit",
    "rest_framework_jwt": "no counterpart, because its tokens are not accepted: their users log in again",
}
"""What a person has to look at, the longest name first that fits."""


def by_hand(name: str) -> str | None:
    """What becomes of a dotted name that no step changes; None for a name of no old package."""
    fitting = [each for each in BY_HAND if name == each or name.startswith(f"{each}.")]
    return BY_HAND[max(fitting, key=len)] if fitting else None
