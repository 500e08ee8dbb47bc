"""The end of the move in the database: keys in clear are blanked, and tables are dropped where somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import Sum

from django_bearer import revoke_session

from . import clear_keys, clock, copying, old_tables, traded_sessions, usage
from .models import AccountState, CopiedToken, EndedToken, LegacyUse, MoveStart, Trade, TradedSession
from .settings import Bridge

DAYS = 14
"""Days without an old token after which the move is over."""
OURS = (MoveStart, AccountState, LegacyUse, Trade, CopiedToken, TradedSession, EndedToken)


def still_used(bridge: Bridge) -> int:
    """How many old tokens came in the last days from packages that are still accepted."""
    usage.write()
    since = datetime.fromtimestamp(clock.seconds(), UTC).date() - timedelta(days=DAYS)
    accepted = [entry.name for entry in bridge.entries() if entry.ends_at > clock.seconds()]
    found = LegacyUse.objects.filter(day__gte=since, source__in=accepted).aggregate(total=Sum("uses"))["total"]
    return int(found or 0)


def end_sessions(dry_run: bool) -> Iterator[str]:
    """End the sessions whose clients prove themselves with a secret that nothing asks for once this app is gone."""
    kept = traded_sessions.of_confidential_clients()
    if kept and not dry_run:
        for session_id in kept:
            revoke_session(session_id, "client_secret_gone")
    if kept:
        yield f"{len(kept)} sessions of clients with a secret {'would end' if dry_run else 'were ended'}"


def blank_keys(bridge: Bridge, dry_run: bool) -> Iterator[str]:
    """Blank what lies in clear, and say what was done. Tokens that are still accepted are copied before."""
    accepted = {entry.name for entry in bridge.entries() if entry.ends_at > clock.seconds()}
    if not dry_run:
        for _ in copying.run(bridge):
            pass
    for column in clear_keys.present():
        lying = clear_keys.count(column)
        where = f"{column.table}.{column.name}"
        if column.needs_entry_gone and column.source in accepted:
            yield f"{where}: left alone, since tokens of {column.source} are still accepted"
        elif dry_run:
            yield f"{where}: {lying} tokens in clear would be replaced by digests"
        else:
            for _ in clear_keys.blank(column):
                pass
            yield f"{where}: {lying} tokens in clear were replaced by digests"


def drop_statements() -> list[str]:
    """The SQL that leaves no trace of this app in the database: its tables, their permissions, their migrations."""
    connection = connections[router.db_for_write(Trade)]
    there = set(connection.introspection.table_names())
    rights = [statement for table, statement in _rights() if table in there]
    tables = [f"DROP TABLE {connection.ops.quote_name(model._meta.db_table)}" for model in OURS]
    return [*rights, *tables, f"DELETE FROM django_migrations WHERE app = '{APP}'"]  # noqa: S608 - a constant


def _rights() -> list[tuple[str, str]]:
    """What Django notes of an app's models, with the table it is in: first what points at the others."""
    types = f"SELECT id FROM django_content_type WHERE app_label = '{APP}'"  # noqa: S608 - constants
    permissions = f"SELECT id FROM auth_permission WHERE content_type_id IN ({types})"  # noqa: S608
    held = getattr(getattr(get_user_model(), "user_permissions", None), "through", None)
    tables = ["auth_group_permissions", *([] if held is None else [held._meta.db_table])]
    return [
        *((table, f"DELETE FROM {table} WHERE permission_id IN ({permissions})") for table in tables),  # noqa: S608
        *((each, f"DELETE FROM {each} WHERE content_type_id IN ({types})") for each in OF_TYPES),  # noqa: S608
        ("django_content_type", f"DELETE FROM django_content_type WHERE app_label = '{APP}'"),  # noqa: S608
    ]


def drop_tables() -> None:
    """Drop this app's own tables; those of the old packages are the project's to drop."""
    with connections[router.db_for_write(Trade)].cursor() as cursor:
        for statement in drop_statements():
            cursor.execute(statement)


def old_tables_present() -> list[str]:
    """The tables of old packages that are still there."""
    tables = connections[old_tables.alias()].introspection.table_names()
    return sorted(name for name in tables if name.startswith(PREFIXES))


APP = "django_bearer_migrate"
OF_TYPES = ("auth_permission", "django_admin_log")
PREFIXES = ("authtoken_", "knox_", "oauth2_provider_", "token_blacklist_")
