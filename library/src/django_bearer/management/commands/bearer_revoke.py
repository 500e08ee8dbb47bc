"""`manage.py bearer_revoke`: end what tokens that somebody hands in belong to, or everything of a user."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.views.decorators.debug import sensitive_variables

from ...database import known_issuers
from ...errors import BearerError, TemporarilyUnavailable
from ...functions import revoke_user
from ...sessions import live_counts
from ...sessions.token_lookup import find
from ...tokens import api_token
from .. import django_sessions, leaked_tokens, users
from ..arguments import name, text_of
from ..databases import DatabaseCommand
from ..django_sessions import StoredSessions
from ..escaping import escape
from ..found_tokens import looks_like_token, tokens_in

CAUSE = "leaked"
TAKE_OUT = "(umask 077; grep -aoE '(eyJ|djb_)[A-Za-z0-9._-]+' server.log | sort -u > tokens.txt)"
"""The shell's command that takes the tokens out of a log: whatever begins as one does, whole or damaged."""
HINT = f" Take the tokens out of it: {TAKE_OUT}"


class Command(DatabaseCommand):
    help = f"""\
Somebody hands in tokens that they found. End what the tokens belong to.

  manage.py bearer_revoke --dry-run tokens.txt    say what each token is, and what would end
  manage.py bearer_revoke tokens.txt              end it
  manage.py bearer_revoke < tokens.txt            the same from standard input
  manage.py bearer_revoke --token-only tokens.txt refuse access tokens alone; their sessions go on
  manage.py bearer_revoke --user ann              end every session and API token of a user
  manage.py bearer_revoke --user ann --django-sessions    end those of Django's own, too, as of the admin

An access token or a refresh token ends its session and the API tokens that this session has made: whoever had the
token may have made them. An API token ends alone. It works as well where the token has expired, where a retired key
signed it, and for every issuer.

Django's own sessions are no part of it, unless --django-sessions says so. That reads and decodes every live one, and
takes an engine with a table. For every engine, another password of the user ends them: manage.py changepassword ann

The file has one token or more, in lines of any kind, such as a log; - is standard input. Of a larger log, take the
tokens out first:

  {TAKE_OUT}

Tokens are not read from the command line: other
users of the machine see it, and the shell keeps it. They are not printed either: lines are numbered.

The events are those of each end, with the cause {CAUSE!r} or that of --cause. The exit status is 0 when every token
that was handed in is refused now. It is 1 when there is none, or one that is damaged or unknown to this server.
Lines without a token are counted.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="the file with the tokens (default, or -: standard input)")
        parser.add_argument("--user", metavar="NAME", help="end everything of the user with this user name")
        parser.add_argument("--django-sessions", action="store_true", help="with --user: Django's own sessions, too")
        parser.add_argument("--token-only", action="store_true", help="refuse access tokens, not their sessions")
        parser.add_argument("--cause", default=CAUSE, help=f"why, for the events (default: {CAUSE})")
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    @sensitive_variables()
    def handle(self, *args: Any, **options: Any) -> None:
        self.dry_run, self.token_only = options["dry_run"], options["token_only"]
        self.stored = django_sessions.find(options["database"])
        self.cause = name(options["cause"], "--cause")
        for given in (options["file"], options["user"], self.cause):
            if looks_like_token(given or ""):
                raise CommandError(
                    "This is a token. Put it into a file: other users of this machine can read a command line, and"
                    " the shell keeps it."
                )
        if options["user"] is not None:
            if options["file"] or self.token_only:
                raise CommandError("--user ends everything of a user. It goes with neither a file nor --token-only.")
            self._end_user(name(options["user"], "--user"), options["django_sessions"])
            return
        if options["django_sessions"]:
            raise CommandError("--django-sessions goes with --user: no token tells of Django's own sessions.")
        self._end_tokens(text_of(None if options["file"] == "-" else options["file"], HINT))

    @sensitive_variables()
    def _end_tokens(self, text: str) -> None:
        tokens, damaged, without = tokens_in(text)
        if not tokens and not damaged:
            raise CommandError("There is no token in what was given. Name a file, or give it on standard input.")
        failed = len(damaged)
        for number, token in tokens:
            try:
                said, done = self._one(token)
            except TemporarilyUnavailable as error:
                said, done = f"NOT ENDED: {error}", False
            failed += not done
            self.stdout.write(f"line {number}: {said}")
        for number in damaged:
            self.stdout.write(f"line {number}: NOT ENDED: a token begins here, and the rest of it is missing.")
        if without:
            self.stdout.write(f"Lines that contain no token: {without}.")
        ended = len(tokens) + len(damaged) > failed
        if ended and not self.token_only and not all(api_token.is_one(token) for _, token in tokens):
            self._say_what_stays()
        if failed:
            raise CommandError(
                f"Lines above with NOT ENDED: {failed}. Where you know whose the tokens are: bearer_revoke --user."
            )

    @sensitive_variables()
    def _one(self, token: str) -> tuple[str, bool]:
        """What is said of a token, and whether it is refused now."""
        found = find(token)
        if isinstance(found, str):
            return f"NOT ENDED: {escape(found)}", False
        said = leaked_tokens.described(found)
        if not self.token_only:
            return f"{said} {leaked_tokens.end(found, self.cause, dry_run=self.dry_run)}", True
        if found.claims is None:
            return f"{said} NOT ENDED: --token-only is for access tokens.", False
        return f"{said} {leaked_tokens.refuse(found.claims, self.cause, dry_run=self.dry_run)}", True

    def _end_user(self, wanted: str, with_django_sessions: bool) -> None:
        if with_django_sessions and isinstance(self.stored, str):
            raise CommandError(
                f"Nothing was changed. --django-sessions cannot end Django's own sessions. {self.stored}"
                " Another password of the user ends them: manage.py changepassword."
            )
        user = users.sole(wanted)
        names = known_issuers.with_anything()
        sessions = sum(live_counts.live_sessions(issuer, user) for issuer in names)
        tokens = sum(live_counts.live_api_tokens(issuer, user) for issuer in names)
        said = f"Live sessions: {sessions}. Valid API tokens: {tokens}."
        whose = escape(leaked_tokens.owner_name(user))
        if self.dry_run:
            self.stdout.write(f"Everything of {whose} would end. {said}")
            self._django_sessions_of(user, with_django_sessions)
            return
        try:
            revoke_user(user, self.cause)
        except BearerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Everything of {whose} has ended. {said}")
        self._django_sessions_of(user, with_django_sessions)

    def _django_sessions_of(self, user: Any, end: bool) -> None:
        """End Django's own sessions of a user, or say that they stay."""
        if not end:
            self._say_what_stays()
        elif isinstance(self.stored, StoredSessions):
            keys = self.stored.live_keys_of(user)
            said = f"would end: {len(keys)}" if self.dry_run else f"have ended: {self.stored.end(keys)}"
            self.stdout.write(f"Django's own sessions that {said}.")
        else:
            self.stdout.write("Django's own sessions are not in use.")

    def _say_what_stays(self) -> None:
        """Say that Django's own sessions are not among what ends, where they are in use."""
        if self.stored is None:
            return
        stored = isinstance(self.stored, StoredSessions)
        how = "--user NAME --django-sessions" if stored else "manage.py changepassword"
        self.stdout.write(
            "Django's own sessions, such as those of the admin, are not among them, unless a receiver of yours ends"
            f" them. To end those of a user: {how}."
        )
