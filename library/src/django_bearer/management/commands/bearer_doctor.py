"""`manage.py bearer_doctor`: say why a request is refused, by the steps of authentication."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core import checks
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.core.management.base import CommandError, CommandParser
from django.test import RequestFactory
from django.views.decorators.debug import sensitive_variables

from ...database import unusable_keys
from ...http import account_diagnosis, client_address, diagnosis, token_header
from ...http.diagnosis import Finding
from ..arguments import name, text_of
from ..documented_command import DocumentedCommand
from ..escaping import escape


class Command(DocumentedCommand):
    help = """\
Check one request step by step, and say which check fails, why, and what to do. Without a URL: look at settings,
middleware, database, key ring and clocks only.

  manage.py bearer_doctor
  manage.py bearer_doctor --json
  manage.py bearer_doctor https://api.example.com/notes/ < headers.txt
  manage.py bearer_doctor https://api.example.com/notes/ --method POST --headers headers.txt --peer 10.0.0.5
  manage.py bearer_doctor --user bob
  manage.py bearer_doctor --user bob --address 203.0.113.7

With --user: how full the limits of logins with this name are, and since when. It says whether somebody is guessing at
the account. --address adds what counts by the client's address.

With --json, standard output is one object: `healthy`, and `findings` with `step`, `good`, `said` and `hint`. `good`
is null for what decides nothing. The exit code is 1 where something is wrong, in both forms.

headers.txt holds what the client sent, a line each, as a browser's developer tools or `curl -v` show it:

  Authorization: Bearer eyJ...
  X-Forwarded-Proto: https

or the token alone. It is never taken from the command line, where every user of the machine could read it. Nothing is
sent, revoked, counted or written, and no token is printed.

Behind a proxy say what the application server sees: `--peer` is the proxy's address, the scheme of the URL is that of
the proxy's own connection (usually http), and X-Forwarded-* belong into the headers.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", nargs="?", default="", help="the request's URL, as the application server sees it")
        parser.add_argument("--method", default="GET", help="default: GET")
        parser.add_argument(
            "--headers", type=Path, help="a file with the request's headers (default: standard input)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object, for health checks")
        parser.add_argument("--peer", default="127.0.0.1", help="the address the connection comes from")

        parser.add_argument("--user", default="", help="a name as it is typed at the login: show its login limits")
        parser.add_argument("--address", default="", help="with --user: the address of the client that logs in")

    @sensitive_variables()
    def handle(self, *args: Any, **options: Any) -> None:
        self._found: list[Finding] = []
        self._prints = not options["json"]
        try:
            with unusable_keys.told_by_caller():
                sound = self._look(options)
        finally:
            if options["json"]:
                self.stdout.write(_as_json(self._found))
        if not sound:
            raise CommandError("Something is wrong; see above.")

    @sensitive_variables()
    def _look(self, options: dict[str, Any]) -> bool:
        wanted, address = name(options["user"], "--user"), _address(options)
        sound = self._show(_checks())
        sound &= self._show(diagnosis.environment())
        if wanted and sound:
            sound &= self._show(account_diagnosis.account(wanted, address))
        if options["url"] and sound:
            asked = _request(options["url"], options["method"].upper(), _headers(options["headers"]), options["peer"])
            try:
                sound &= self._show(diagnosis.request(asked))
            except SuspiciousOperation as error:
                said = f"Django refuses this request before any view sees it: {error}"
                self._found.append(Finding("request", False, said))
                raise CommandError(said) from None
        return sound

    def _show(self, findings: Iterable[Finding]) -> bool:
        sound = True
        for found in findings:
            self._found.append(found)
            sound &= found.good is not False
            if not self._prints:
                continue
            mark = {True: self.style.SUCCESS("ok  "), False: self.style.ERROR("FAIL"), None: "    "}[found.good]
            self.stdout.write(f"{mark} {found.step:12} {escape(found.said)}")
            if found.hint:
                self.stdout.write(f"     {'':12} {escape(found.hint)}")
        return sound


def _as_json(findings: list[Finding]) -> str:
    """One line. JSON escapes what a terminal would act on."""
    healthy = bool(findings) and all(found.good is not False for found in findings)
    return json.dumps({"healthy": healthy, "findings": [asdict(found) for found in findings]})


def _address(options: dict[str, Any]) -> client_address.Address | None:
    if not options["address"]:
        return None
    found = client_address.peer({"REMOTE_ADDR": options["address"]})
    if found is None or not options["user"]:
        raise CommandError("--address takes an IP address, together with --user.")
    return found


def _checks() -> Iterable[Finding]:
    """What `manage.py check --tag bearer` finds, the faults of settings aside: they are asked next."""
    for message in checks.run_checks(tags=["bearer"]):
        if message.id != "bearer.E001":
            yield Finding(
                "check", False if message.is_serious() else None, f"{message.msg} ({message.id})", message.hint or ""
            )


@sensitive_variables()
def _headers(file: Path | None) -> dict[str, str]:
    """Header lines, or a token alone."""
    text = text_of(file)
    lines = [line.strip().lstrip("> ") for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and ":" not in lines[0]:
        return {"Authorization": f"Bearer {lines[0]}"}
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip():
            found[name.strip()] = value.strip()
    name = token_header.configured()
    return {token_header.USUAL if name and one.lower() == name.lower() else one: said for one, said in found.items()}


@sensitive_variables()
def _request(url: str, method: str, headers: dict[str, str], peer: str) -> WSGIRequest:
    try:
        return _built(url, method, headers, peer)
    except (ValueError, SuspiciousOperation) as error:
        raise CommandError(f"No request can be made of this URL, method or headers: {error}.") from None


@sensitive_variables()
def _built(url: str, method: str, headers: dict[str, str], peer: str) -> WSGIRequest:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandError("The URL begins with http:// or https:// and names a host.")
    factory = RequestFactory(headers={"host": parts.netloc, **headers})
    target = parts.path or "/"
    return factory.generic(
        method,
        f"{target}?{parts.query}" if parts.query else target,
        secure=parts.scheme == "https",
        REMOTE_ADDR=peer,
    )
