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
from ..databases import DatabaseCommand
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
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it")
        add_issuer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = chosen(options, known_issuers.with_anything())
        except BearerError as error:
            raise CommandError(str(error)) from error
        now = issuers.now()
        for issuer in names:
            self._look(issuer, now)
        if not options["yes"]:
            self.stdout.write("Nothing was changed. With --yes every earlier session and token ends.")
            return
        for issuer in names:
            self.stdout.write(f"The epoch of {escape(issuer)} is now {revoke_everything_of(issuer)}.")
        self.stdout.write("Traffic may return. Everybody logs in once.")

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
