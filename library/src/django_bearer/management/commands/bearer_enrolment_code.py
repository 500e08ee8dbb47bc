"""`manage.py bearer_enrolment_code`: a one-time code with which a user enrols a first second factor."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from ... import conf
from ...accounts import enrolment
from ...database import aliases, known_issuers
from ...errors import BearerError
from ..arguments import name
from ..documented_command import DocumentedCommand
from ..issuers import add_issuer, chosen


class Command(DocumentedCommand):
    help = """\
For a user whom MFA_REQUIRED names, whose time to enrol is over, and who has no verified address.

  manage.py bearer_enrolment_code ann                      prints a code, alone on standard output

Make sure first that it is the user who asks: with the password and this code a second factor is added. The code is
good once, for a day, and ends that user's earlier ones. The user is told through ON_TOKEN_REUSE.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user name")
        add_issuer(
            parser, "the issuer that the user logs in to (default: the one that ISSUER names without a request)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        model = get_user_model()
        wanted = name(options["user"], "user")
        found = model._default_manager.using(aliases.user_alias()).filter(**{model.USERNAME_FIELD: wanted}).first()
        if found is None:
            raise CommandError(f"There is no user {wanted!r}.")
        try:
            issuer = chosen(options, known_issuers.with_anything())[0] if options["issuer"] else ""
            issuer = issuer or conf.issuer_without_request()
            if not issuer:
                raise CommandError("ISSUER is a function that needs a request: say which, --issuer URL.")
            code = enrolment.issue_code(found, issuer)
        except BearerError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("Good once, for a day. The code is shown this once:")
        self.stdout.write("-".join(code[at : at + 4] for at in range(0, len(code), 4)))
