"""`manage.py bearer_keys`: look at the key ring, and change keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...database import issuers, key_changes, key_rows, known_issuers, signing_keys, unusable_keys
from ...endpoints.jwks import MAX_AGE
from ...errors import BearerError
from ...keys.keyring import KeyState
from ...primitives.clock import SECOND
from ...sessions import key_rotation
from ...sessions.key_rotation import Due, Step
from ...sessions.revocation import revoke_key_of
from .. import key_discarding
from ..arguments import MOST_DAYS, whole
from ..databases import DatabaseCommand
from ..escaping import escape
from ..issuers import add_issuer, chosen

DAY = 86_400
EVERY = 90
_OF_ONE_KEY = ("activate", "retire", "remove", "revoke")
STEPS = f"""
The planned change, by a cron job that runs every day (or every hour):

  manage.py bearer_keys rotate              does what is due, and says what comes next

Once the signing key is {EVERY} days old (--every DAYS) it publishes a new one; a run {MAX_AGE} seconds later or more
lets that one sign and retires the old; a later run removes the retired one, whose last token has expired by then.
Nobody is logged out, and a run too many does nothing. `rotate --every 0` begins the change now.

By hand, the same in three steps:

  1. manage.py bearer_keys publish          a new key, known to verifiers and not yet used
  2. wait {MAX_AGE} seconds or more               verifiers may keep the public set for that long
  3. manage.py bearer_keys activate KID     it signs from now on; the others still verify, and retire

Later, when the last token of a retired key has expired:  manage.py bearer_keys remove KID

A key that may have leaked:  manage.py bearer_keys revoke KID
Every access token it signed is refused at once; clients refresh, and nobody has to log in again.

After a change of SECRET_KEY or KEY_ENCRYPTION_KEYS (keep the old one as a fallback until then):
  manage.py bearer_keys reencrypt

Where the old one is lost, keys that it encrypted block every login and refresh. To go on without them:
  manage.py bearer_keys dangerously-discard

It says what is lost, and asks before it does anything (--yes answers for you).

All this is done for every issuer there is; --issuer URL names one. A KID belongs to one issuer anyway.
"""
_DONE = {
    Step.PUBLISH: "published {kid}: known to verifiers, not yet signing",
    Step.ACTIVATE: "{kid} signs from now on; those before it are retired",
    Step.REMOVE: "{kid} is gone; its last token had expired",
}
_NEXT = {
    Step.PUBLISH: "a new key is due",
    Step.ACTIVATE: "{kid} may sign",
    Step.REMOVE: "{kid} may go",
}


TOO_EARLY = f"""\
This key was published only {{age}} seconds ago. Verifiers may keep the public keys for {MAX_AGE} seconds: other
services that check tokens by jwks/ may refuse this key's tokens for up to {{rest}} seconds more. To go back until
then, activate the key that signed before: `bearer_keys list` shows it as retired."""
DISCARD = "dangerously-discard"
CHOICES = ["list", "rotate", "publish", "activate", "retire", "remove", "revoke", "reencrypt", DISCARD]


class Command(DatabaseCommand):
    help = "List and change the keys that sign access tokens, of every issuer unless --issuer names one." + STEPS

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """A key's name may begin with a dash, and is no option then."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        read = parser.parse_args

        def parse_args(args: Any = None, namespace: Any = None) -> Any:
            kids = [word for word in args or () if word.startswith("-") and signing_keys.is_kid(word)]
            if not kids:
                return read(args, namespace)
            # The step stands next to the name: argparse takes a missing name where an option stands between them.
            rest = [word for word in args if word not in kids]
            steps = [word for word in rest if word in CHOICES][:1]
            return read([*(word for word in rest if word not in steps), *steps, "--", *kids], namespace)

        parser.parse_args = parse_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=CHOICES)
        parser.add_argument("kid", nargs="?", default="", help="the key's name, as `list` shows it")
        parser.add_argument(
            "--every",
            type=int,
            default=EVERY,
            metavar="DAYS",
            help=f"rotate: age of a key that is due (default {EVERY})",
        )
        parser.add_argument("--yes", action="store_true", help=f"{DISCARD}: do not ask")
        add_issuer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        step, kid = options["step"], options["kid"]
        self.every = whole(options["every"], "--every", 0, MOST_DAYS) * DAY
        try:
            with unusable_keys.told_by_caller():
                self._act(step, kid, options)
        except BearerError as error:
            raise CommandError(str(error)) from error

    def _act(self, step: str, kid: str, options: dict[str, Any]) -> None:
        names = chosen(options, known_issuers.with_keys())
        if step == DISCARD:
            key_discarding.discard(names, self.stdout, confirmed=options["yes"])
            return
        if step in _OF_ONE_KEY:
            names = [self._issuer_of(kid, names)]
        for issuer in names:
            if len(names) > 1 and step != "list":
                self.stdout.write(f"{escape(issuer)}:")
            getattr(self, f"_{step}")(issuer, kid)

    def _issuer_of(self, kid: str, names: Sequence[str]) -> str:
        """Whose key it is: no two issuers have a key of one name. Keys are not opened for it."""
        for issuer in names:
            if kid in {key.kid for key in signing_keys.stored(issuer)}:
                return issuer
        raise CommandError(
            f"No key of {', '.join(names)} is named {kid!r}. `bearer_keys list` shows those that are there."
        )

    def _list(self, issuer: str, kid: str) -> None:
        """What is stored, whether or not it opens; then what opens."""
        if not signing_keys.stored(issuer):
            signing_keys.ring_with_keys(issuer)
        now = issuers.now()
        self.stdout.write(f"{escape(issuer)}, ring version {issuers.state(issuer, None).ring_version}")
        marks = key_discarding.marks(issuer)
        for key in signing_keys.stored(issuer):
            since = _age(now - key.changed_at)
            mark = marks.pop(key.kid, "")
            self.stdout.write(f"  {key.kid}  {key.algorithm:8} {key.state.value:9} for {since}{mark}")
        for kid, mark in marks.items():
            self.stdout.write(f"  {kid:43}  refresh{mark}")
        ring = signing_keys.ring(issuer, at_least=issuers.state(issuer, None).ring_version)
        for key_id in ring.refresh:
            self.stdout.write(f"  {key_rows.refresh_kid(key_id):43}  refresh  {ring.states[key_id].value}")

    def _rotate(self, issuer: str, kid: str) -> None:
        done, coming = key_rotation.rotate(issuer, self.every, MAX_AGE)
        self.stdout.write("\n".join(self._told(done, _DONE)) or "Nothing was due.")
        for line, due in zip(self._told(coming, _NEXT), coming, strict=True):
            self.stdout.write(
                f"Next: {line}, from {datetime.fromtimestamp(due.at / SECOND, UTC):%Y-%m-%d %H:%M} UTC on."
            )

    def _told(self, steps: Iterable[Due], words: dict[Step, str]) -> list[str]:
        return [words[due.step].format(kid=due.kid) for due in steps]

    def _publish(self, issuer: str, kid: str) -> None:
        self.stdout.write(f"published {key_rotation.publish(issuer)}")
        self.stdout.write(f"Activate it in {MAX_AGE} seconds or later.")

    def _activate(self, issuer: str, kid: str) -> None:
        early = key_rotation.activate(issuer, kid, MAX_AGE)
        self.stdout.write(f"{kid} signs from now on")
        if early:
            self.stderr.write(self.style.WARNING(TOO_EARLY.format(age=MAX_AGE - early, rest=early)))

    def _retire(self, issuer: str, kid: str) -> None:
        key_rotation.move(issuer, kid, KeyState.RETIRED)
        self.stdout.write(f"{kid} still verifies and signs no more")

    def _remove(self, issuer: str, kid: str) -> None:
        key_rotation.remove(issuer, kid)
        self.stdout.write(f"{kid} is gone, and with it every token it signed")

    def _revoke(self, issuer: str, kid: str) -> None:
        revoke_key_of(issuer, kid, "compromised")
        signing = [key.kid for key in signing_keys.stored(issuer) if key.state is KeyState.ACTIVE]
        self.stdout.write(f"{kid} and everything it signed is refused; {' and '.join(signing)} signs")

    def _reencrypt(self, issuer: str, kid: str) -> None:
        self.stdout.write(f"{key_changes.reencrypt(issuer)} keys encrypted under the newest key-encryption key")


def _age(microseconds: int) -> str:
    """How long, in the two largest units."""
    minutes = max(0, microseconds) // SECOND // 60
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"
