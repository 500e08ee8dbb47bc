"""`manage.py bearer_keys`: look at the key ring, and change keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import conf
from ...endpoints.jwks import MAX_AGE
from ...errors import BearerError
from ...keys.keyring import KeyState
from ...sessions.revocation import revoke_key
from ...storage import keys

STEPS = f"""
A planned change, in three steps:

  1. manage.py bearer_keys publish          a new key, known to verifiers and not yet used
  2. wait {MAX_AGE} seconds or more               verifiers may keep the public set for that long
  3. manage.py bearer_keys activate KID     it signs from now on; the others still verify, and retire

Later, when the last token of a retired key has expired:  manage.py bearer_keys remove KID

A key that may have leaked:  manage.py bearer_keys revoke KID
Every access token it signed is refused at once; clients refresh, and nobody has to log in again.

After a change of SECRET_KEY or KEY_ENCRYPTION_KEYS (keep the old one as a fallback until then):
  manage.py bearer_keys rewrap
"""


class Command(BaseCommand):
    help = "List and change the keys that sign access tokens." + STEPS

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        from argparse import RawDescriptionHelpFormatter

        return super().create_parser(
            prog_name, subcommand, formatter_class=_keep_lines(RawDescriptionHelpFormatter), **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["list", "publish", "activate", "retire", "remove", "revoke", "rewrap"])
        parser.add_argument("kid", nargs="?", default="", help="the key's name, as `list` shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        step, kid, issuer = options["step"], options["kid"], conf.issuer()
        if step in ("activate", "retire", "remove", "revoke") and kid not in keys.ring(issuer).signing:
            raise CommandError(f"No key of {issuer} is named {kid!r}. `bearer_keys list` shows those that are there.")
        try:
            getattr(self, f"_{step}")(issuer, kid)
        except BearerError as error:
            raise CommandError(str(error)) from error

    def _list(self, issuer: str, kid: str) -> None:
        ring = keys.begun(issuer)
        self.stdout.write(f"{issuer}, ring version {ring.version}")
        for key in ring.signing.values():
            self.stdout.write(f"  {key.kid}  {key.algorithm.name:8} {ring.states[key.kid].value}")
        for key_id in ring.refresh:
            self.stdout.write(f"  {key_id.hex():43}  refresh  {ring.states[key_id].value}")

    def _publish(self, issuer: str, kid: str) -> None:
        self.stdout.write(f"published {keys.add(issuer, KeyState.PUBLISHED)}")
        self.stdout.write(f"Activate it in {MAX_AGE} seconds or later.")

    def _activate(self, issuer: str, kid: str) -> None:
        keys.set_state(issuer, kid, KeyState.ACTIVE)
        for other in keys.active(issuer):
            if other != kid:
                keys.set_state(issuer, other, KeyState.RETIRED)
        self.stdout.write(f"{kid} signs from now on")

    def _retire(self, issuer: str, kid: str) -> None:
        keys.set_state(issuer, kid, KeyState.RETIRED)
        self.stdout.write(f"{kid} still verifies and signs no more")

    def _remove(self, issuer: str, kid: str) -> None:
        keys.set_state(issuer, kid, None)
        self.stdout.write(f"{kid} is gone, and with it every token it signed")

    def _revoke(self, issuer: str, kid: str) -> None:
        revoke_key(kid)
        self.stdout.write(f"{kid} and everything it signed is refused; {keys.active(issuer)[-1]} signs")

    def _rewrap(self, issuer: str, kid: str) -> None:
        self.stdout.write(f"{keys.rewrap(issuer)} keys sealed under the newest key-encryption key")


def _keep_lines(formatter: type) -> Any:
    """The formatter that keeps the steps of the help as they are laid out."""
    from django.core.management.base import DjangoHelpFormatter

    return type("Formatter", (DjangoHelpFormatter, formatter), {})
