"""The Django project that the benchmarks run: every party's app, and one route a party to the same view."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth

DJANGO_BACKENDS = auth._get_compatible_backends
"""As Django has it, before our app is loaded."""
DJANGO_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `startproject` writes; every party runs under it."""

ALLAUTH_MIDDLEWARE = [*DJANGO_MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
OUR_MIDDLEWARE = ["django_bearer.BearerMiddleware", *DJANGO_MIDDLEWARE]
NINJA_LABEL = "ninja_token_blacklist"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}
"""The two last matter to a refresh only: on its defaults simplejwt hands the same refresh token out again."""


ALL = "benchmarks.urls"
"""The routes of every party. Those of `benchmarks.over_http` need fewer packages."""
NINJA_APPS = ("oauth2_provider", "ninja_extra", "ninja_jwt", "ninja_jwt.token_blacklist")
ALLAUTH_APPS = ("allauth", "allauth.account", "allauth.headless")


def configure(database: dict[str, object], urls: str = ALL, migrate: bool = True) -> None:
    """Settings, tables, nothing else. Where others have made the tables, `migrate` is False."""
    more = (*NINJA_APPS, *ALLAUTH_APPS) if urls == ALL else ()
    settings.configure(
        SECRET_KEY="benchmark-only-0123456789-" * 3,
        DATABASES={"default": database},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "rest_framework",
            "rest_framework.authtoken",
            "rest_framework_simplejwt.token_blacklist",
            "knox",
            *more,
            "django_bearer",
        ],
        MIDDLEWARE=ALLAUTH_MIDDLEWARE if more else DJANGO_MIDDLEWARE,
        ROOT_URLCONF=urls,
        ALLOWED_HOSTS=["testserver"],
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SIMPLE_JWT=SIMPLE_JWT,
        NINJA_JWT=SIMPLE_JWT,
        OAUTH2_PROVIDER={"SCOPES": {"read": "read", "write": "write"}, "PKCE_REQUIRED": False},
        HEADLESS_TOKEN_STRATEGY="allauth.headless.tokens.strategies.jwt.JWTTokenStrategy",
        HEADLESS_JWT_PRIVATE_KEY=_rsa_key() if more else "",
        HEADLESS_CLIENTS=("app",),
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_LOGIN_METHODS={"username"},
        MIGRATION_MODULES={NINJA_LABEL: None},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # so that a login is not its hash
        BEARER={
            "ISSUER": "https://testserver",
            "AUDIENCE": "https://testserver/",
            "ACCESS_TOKEN_LIFETIME": 3600,
            "TRUSTED_PROXIES": ["127.0.0.1/32"],
        },
    )
    import django
    from django.core.management import call_command

    if more:
        from ninja_jwt.token_blacklist.apps import TokenBlacklistConfig

        TokenBlacklistConfig.label = NINJA_LABEL  # its own is that of simplejwt's app
    django.setup()
    if not migrate:
        return
    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)  # for the app without migrations


def many_users(count: int) -> list[Any]:
    """Users with the same password: the events of one user are counted together when there are many in an hour."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    model, password = get_user_model(), make_password("correct horse battery staple")
    return list(model.objects.bulk_create(model(username=f"user{n}", password=password) for n in range(count)))


def user() -> Any:
    """The user that every party logs in."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_user("ann", "ann@example.com", "correct horse battery staple")


def _rsa_key() -> str:
    """The key of allauth's tokens, which are signed with RS256 by default."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )
