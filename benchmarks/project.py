"""The Django project that the benchmarks run: every party's app, and one route a party to the same view."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

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

OUR_MIDDLEWARE = ["django_bearer.BearerMiddleware", *DJANGO_MIDDLEWARE]
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}
"""The two last matter to a refresh only: on its defaults simplejwt hands the same refresh token out again."""


def configure(database: dict[str, object]) -> None:
    """Settings, tables, nothing else."""
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
            "django_bearer",
        ],
        MIDDLEWARE=DJANGO_MIDDLEWARE,
        ROOT_URLCONF="benchmarks.urls",
        ALLOWED_HOSTS=["testserver"],
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SIMPLE_JWT=SIMPLE_JWT,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # so that a login is not its hash
        BEARER={
            "ISSUER": "https://testserver",
            "AUDIENCE": "https://testserver/",
            "ACCESS_TOKEN_LIFETIME": 3600,
        },
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


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
