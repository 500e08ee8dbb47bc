"""`manage.py bearer_api_token`: make, list and revoke API tokens, of users and of service accounts."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from ... import conf
from ...api_tokens import issue_and_revoke, service_accounts
from ...database import aliases, issuers, known_issuers
from ...database.current_epochs import of_current_epochs
from ...errors import BearerError
from ...models import ApiToken, ServiceAccount
from ...primitives.clock import SECOND
from ..arguments import MOST_DAYS, name, whole
from ..documented_command import DocumentedCommand
from ..escaping import escape
from ..issuers import add_issuer, chosen

DAY = 86_400


class Command(DocumentedCommand):
    help = """\
API tokens are for machines: a cron job, a sensor, another service.

  manage.py bearer_api_token create --service backup --name "nightly" --days 90 --scope notes:read
  manage.py bearer_api_token create --user ann --name "ann's script" --days 30 --scope notes:read
  manage.py bearer_api_token list                          all valid ones, and when each was last used
  manage.py bearer_api_token revoke ID                     refused from the next request on
  manage.py bearer_api_token disable --service backup      all tokens of that service, until `enable`

The token is printed once, alone on standard output, so that it can go straight into a secret store:

  manage.py bearer_api_token create ... | my-secret-store put backup-token

A user's token ends with the user: disabled, deleted, logged out everywhere, or with another password. What must
outlive a person belongs to a service account (--service), which is made when it is first named and cannot log in.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["create", "list", "revoke", "disable", "enable"])
        parser.add_argument("id", nargs="?", default="", help="revoke: the token's id, as `list` shows it")
        parser.add_argument("--user", default="", help="the owner's user name")
        parser.add_argument("--service", default="", help="the owning service account's name")
        parser.add_argument("--name", default="", help="create: what it is for")
        parser.add_argument("--days", type=int, default=0, help="create: days until it ends")
        parser.add_argument("--scope", default="", help="create: what it may do, separated by spaces")

        parser.add_argument("--audience", default="", help="create: the API it is for (default: AUDIENCE)")
        add_issuer(parser, "create: the issuer it is of (default: the one that ISSUER names without a request)")

    def handle(self, *args: Any, **options: Any) -> None:
        for option in ("user", "service", "audience"):
            options[option] = name(options[option], f"--{option}")
        try:
            getattr(self, f"_{options['step']}")(options)
        except BearerError as error:
            raise CommandError(str(error)) from error

    def _create(self, options: dict[str, Any]) -> None:
        if bool(options["user"]) == bool(options["service"]):
            raise CommandError("Say whose it is: --user NAME or --service NAME.")
        if not options["name"] or not options["days"]:
            raise CommandError("Say what it is for and when it ends: --name TEXT --days NUMBER.")
        lifetime = whole(options["days"], "--days", 1, MOST_DAYS) * DAY
        made = issue_and_revoke.issue_api_token(
            self._owner(options),
            name=options["name"],
            expires_in=lifetime,
            scope=options["scope"].split(),
            audience=options["audience"] or None,
            issuer=self._issuer(options),
        )
        self.stderr.write(f"{made.id}, until {_day(made.expires_at)}. The token is shown this once:")
        self.stdout.write(made.token)

    def _issuer(self, options: dict[str, Any]) -> str:
        """The one that is named, or that stands for every call without a request."""
        own = conf.issuer_without_request()
        if options["issuer"]:
            return chosen(options, known_issuers.with_anything())[0]
        if not own:
            raise CommandError("ISSUER is a function that needs a request: say which, --issuer URL.")
        return own

    def _list(self, options: dict[str, Any]) -> None:
        unrevoked = ApiToken.objects.using(aliases.sessions_alias()).filter(revoked_at__isnull=True)
        rows = of_current_epochs(unrevoked.filter(expires_at__gt=issuers.now()))
        if options["user"] or options["service"]:
            owner = self._owner(options)
            rows = rows.filter(**({"service": owner} if isinstance(owner, ServiceAccount) else {"user_id": owner.pk}))
        for row in rows.select_related("service").order_by("created_at"):
            owner_name = escape(row.service) if row.service else f"user {row.user_id}"
            used = "never used" if row.last_used_at is None else f"used {_day(row.last_used_at // SECOND)}"
            exposed = "  CAME OVER PLAIN HTTP" if row.exposed_at else ""
            ends = _day(row.expires_at // SECOND)
            self.stdout.write(
                f"{row.pk}  {owner_name}  {row.name!r}  {escape(row.scope or '-')}  ends {ends}  {used}{exposed}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        try:
            token_id = uuid.UUID(options["id"])
        except (ValueError, AttributeError, TypeError):
            raise CommandError("Say which: an id, as `list` shows it.") from None
        if not issue_and_revoke.revoke_api_token(token_id):
            raise CommandError("No API token that is good has this id.")
        self.stdout.write("Refused from the next request on.")

    def _disable(self, options: dict[str, Any]) -> None:
        self._set_active(options["service"], False)

    def _enable(self, options: dict[str, Any]) -> None:
        self._set_active(options["service"], True)

    def _set_active(self, name: str, active: bool) -> None:
        service = issue_and_revoke.service_account(name)
        service_accounts.set_active(service, active, "command")
        self.stdout.write(
            f"Tokens of {escape(service)} are {'good again' if active else 'refused from the next request on'}."
        )

    def _owner(self, options: dict[str, Any]) -> Any:
        if options["service"]:
            return issue_and_revoke.service_account(options["service"], create=options["step"] == "create")
        model = get_user_model()
        found = model._default_manager.using(aliases.user_alias()).filter(**{model.USERNAME_FIELD: options["user"]})
        user = found.first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        return user


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
