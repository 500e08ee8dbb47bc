"""System checks: each says what would be unsafe before it runs, with the lines that fix it.

`manage.py check` runs those of `ours`; the rest are advice for the day the project meets the network, and run with
`check --deploy` only, so that no development server and no build is ever stopped by them.
"""

from __future__ import annotations

from django.core.checks import Tags, register

from . import (
    browser,
    configuration,
    cors,
    feed,
    handover,
    hosts,
    logins,
    passwords,
    rest_framework,
    routes,
    tenants,
    through_allauth,
    transactions,
    transport,
)

ALWAYS = (
    configuration.check_settings,
    configuration.check_middleware,
    configuration.check_database,
    configuration.check_rest_framework,
    configuration.check_issuers,
    routes.check_public,
    routes.check_login_page,
    logins.check_login,
    logins.check_authenticate,
    tenants.check,
    through_allauth.check,
    transactions.check,
    feed.check,
    handover.check,
)
ON_DATABASE = (feed.check_triggers, feed.check_push)
ON_DEPLOY = (transport.check, hosts.check, passwords.check, cors.check, browser.check, rest_framework.check)


def connect() -> None:
    """Hand the checks to Django."""
    for check in ALWAYS:
        register(check, "bearer", Tags.security)
    for check in ON_DEPLOY:
        register(check, "bearer", Tags.security, deploy=True)
    for check in ON_DATABASE:
        register(check, "bearer", Tags.database)
