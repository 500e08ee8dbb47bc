"""`manage.py bearer_client_secret`: a new secret for a confidential client, shown once, and its digest to keep."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ...conf.clients import new_secret


class Command(BaseCommand):
    """Makes a client secret of 256 random bits and stores nothing."""

    help = (
        "Make a secret for a confidential client, such as a service that introspects tokens. The secret goes to the"
        " client and is shown this once; the digest goes into the settings, where it opens nothing:"
        ' BEARER["CLIENTS"]["<client id>"]["secret_digest"]. To change a secret without an outage keep both digests'
        " in a list, the newest first, until the client uses the new one."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        secret = new_secret()
        self.stdout.write(f"secret         {secret.text}")
        self.stdout.write(f"secret_digest  {secret.digest}")
