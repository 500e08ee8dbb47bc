"""The operation that a project puts in a migration of its own: it makes the tables and triggers of the feed."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation

from ..errors import ConfigurationError
from . import aliases, feed_obstacles, feed_triggers


class InstallRevocationFeed(Operation):
    """Make the tables and triggers of the revocation feed, in the database that sessions live in.

    The migration depends on the latest one of `django_bearer` and of the app with the user model. A later change of
    the user model that makes the triggers anew needs the operation again, in another migration.

    Raises:
        ConfigurationError: Changes of this project's users cannot reach a feed; the text says why.
    """

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: the tables belong to no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make tables and triggers; where they exist they are made anew."""
        using = schema_editor.connection.alias
        if using != aliases.sessions_alias():
            return
        found = feed_obstacles.of_database(using)
        if found:
            raise ConfigurationError(f"no revocation feed: {'; '.join(found)}.")
        self._run(schema_editor, list(feed_triggers.install(using)))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Take triggers and tables away."""
        using = schema_editor.connection.alias
        if using == aliases.sessions_alias():
            self._run(schema_editor, list(feed_triggers.remove(using)))

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return "Make the tables and triggers of the revocation feed"

    def _run(self, schema_editor: Any, statements: list[str]) -> None:
        for statement in statements:
            schema_editor.execute(statement, params=None)
