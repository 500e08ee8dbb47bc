"""`manage.py bearer_invalidate_after_restore`: make a restored backup safe before traffic returns."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...database import aliases, issuers, known_issuers, signing_keys
from ...errors import BearerError
from ...models import Session
from ...primitives.clock import SECOND
from ...sessions import live_counts
from ...sessions.revocation import revoke_everything_of
from .. import django_sessions
from ..databases import DatabaseCommand
from ..django_sessions import StoredSessions
from ..escaping import escape
from ..issuers import add_issuer, chosen


class Command(DatabaseCommand):
    help = """\
After a backup was restored, and before traffic returns:

  manage.py bearer_invalidate_after_restore          look: what the backup holds, and what would be done
  manage.py bearer_invalidate_after_restore --yes    raise every issuer's epoch: no earlier session or token is valid

--issuer URL does it for one issuer only, where there are several.

Why. A backup has forgotten every logout, every revocation and every changed password since it was made, and brings
back the tokens that they ended. And clients have refresh tokens that are newer than the backup's rows, which look
like forgeries of them. With a new epoch everybody logs in once, and nobody comes back who had been shut out.

API tokens end, too, those of service accounts among them: make new ones with bearer_api_token, and put them where the
old ones were.

Django's own sessions, such as those of the admin, go on, and the backup brings back those that were logged out since.
--django-sessions ends them all, of everybody and whatever the issuer. It takes an engine with a table:

  manage.py bearer_invalidate_after_restore --yes --django-sessions
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it")
        parser.add_argument("--django-sessions", action="store_true", help="end all of Django's own sessions, too")
        add_issuer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = chosen(options, known_issuers.with_anything())
        except BearerError as error:
            raise CommandError(str(error)) from error
        stored = django_sessions.find(options["database"])
        if options["django_sessions"] and isinstance(stored, str):
            raise CommandError(f"Nothing was changed. --django-sessions cannot end Django's own sessions. {stored}")
        now = issuers.now()
        for issuer in names:
            self._look(issuer, now)
        self._look_at_django_sessions(stored)
        if not options["yes"]:
            self.stdout.write("Nothing was changed. With --yes every earlier session and token ends.")
            return
        for issuer in names:
            self.stdout.write(f"The epoch of {escape(issuer)} is now {revoke_everything_of(issuer)}.")
        if options["django_sessions"] and isinstance(stored, StoredSessions):
            self.stdout.write(f"Django's own sessions that have ended: {stored.end_all()}.")
            if stored.outside_the_table():
                self.stdout.write(stored.outside_the_table())
        elif isinstance(stored, StoredSessions):
            self.stdout.write(
                "Django's own sessions go on, those among them that were logged out since the backup. To end them:"
                " --yes --django-sessions."
            )
        self.stdout.write("Traffic may return. Everybody logs in once.")

    def _look_at_django_sessions(self, stored: StoredSessions | str | None) -> None:
        """Say what --yes alone leaves."""
        if isinstance(stored, str):
            self.stdout.write(f"Django's own sessions, such as those of the admin, are not among them. {stored}")
        elif stored is not None:
            self.stdout.write(
                f"Live sessions of Django's own, such as those of the admin: {stored.live().count()}."
                " They go on, unless you add --django-sessions."
            )

    def _look(self, issuer: str, now: int) -> None:
        """Say what the backup holds; stop where it could not serve anybody."""
        try:
            ring = signing_keys.ring(issuer, at_least=issuers.state(issuer, None).ring_version)
        except BearerError as error:
            raise CommandError(
                f"{error} It was encrypted under another SECRET_KEY: put that one among the fallbacks. Where it is"
                " lost: bearer_keys dangerously-discard."
            ) from error
        sessions = Session.objects.using(aliases.sessions_alias()).filter(issuer=issuer)
        self.stdout.write(
            f"{escape(issuer)}: signing keys, all decrypted: {len(ring.signing)}."
            f" Live sessions: {live_counts.live_sessions(issuer)}."
            f" Valid API tokens: {live_counts.live_api_tokens(issuer)}."
        )
        newest = sessions.order_by("-created_at").values_list("created_at", flat=True).first()
        if newest is not None:
            self.stdout.write(f"The newest session began {max(0, now - newest) // SECOND // 60} minutes ago.")
        ahead = sessions.filter(created_at__gt=now + 60 * SECOND).count()
        if ahead:
            raise CommandError(
                f"{ahead} sessions began in the future: the database's clock is behind. Set it right first."
            )
