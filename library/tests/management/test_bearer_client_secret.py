"""The command that makes client secrets: what it prints fits together, and nothing is kept."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from django_bearer import conf


def printed() -> dict[str, str]:
    out = StringIO()
    call_command("bearer_client_secret", stdout=out)
    return dict(line.split() for line in out.getvalue().splitlines())


def test_the_digest_is_for_the_settings_and_the_secret_for_the_client() -> None:
    found = printed()
    client: dict[str, Any] = {"kind": "machine", "secret_digest": found["secret_digest"]}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": {"service": client}}):
        service = conf.current().clients["service"]
    assert service.has_secret(found["secret"])
    assert found["secret"] not in repr(service)


def test_no_two_are_alike() -> None:
    assert len({printed()["secret"] for _ in range(20)}) == 20
