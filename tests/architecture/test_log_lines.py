"""The log lines are as docs/reference/logs.md says: loggers, members of an event, the line of a refusal."""

from __future__ import annotations

import ast
import json
import logging
import re
from pathlib import Path

import pytest
from django.test import override_settings

from django_bearer import events
from django_bearer.errors import InvalidToken
from django_bearer.events import EventKind
from django_bearer.http import challenge

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "logs.md").read_text()
PACKAGE = ROOT / "library" / "src" / "django_bearer"


def column(section: str) -> list[str]:
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)


def loggers() -> set[str]:
    """Those that the package writes to; to Django's own it only adds a filter."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(("django_bearer", *path.relative_to(PACKAGE).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "logging.getLogger":
                [name] = node.args
                found.add(str(name.value) if isinstance(name, ast.Constant) else module)
    return found - {"django.server"}


def test_every_logger_is_in_the_table() -> None:
    assert set(column("Loggers")) == loggers()


def test_the_members_of_an_event_are_those_of_the_page(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(events.security_event, "send_robust", lambda **_: [])
    details = {"cause": "line\nbreak \x1b \u2028", "event": "forged", "user": "forged"}
    event = events.made(
        EventKind.TOKEN_REUSED, user_id="7", session_id="s", client_id="c", address="a", details=details
    )
    events.tell(event)
    [record] = [record for record in caplog.records if record.name == "django_bearer.security"]
    line = record.getMessage()
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert list(found) == [*column("Security events"), "cause", "detail_event", "detail_user"]
    assert (found["event"], found["user"], found["at"]) == ("authn_token_reuse", "7", event.at)
    assert record.event is event  # type: ignore[attr-defined]
    assert record.levelno == logging.WARNING


def test_what_is_empty_is_left_out() -> None:
    assert set(events.members_of(events.made(EventKind.KEY_CREATED))) == {"event", "at"}


@pytest.mark.parametrize(("debug", "level"), [(False, logging.DEBUG), (True, logging.WARNING)])
def test_the_line_of_a_refusal(caplog: pytest.LogCaptureFixture, debug: bool, level: int) -> None:
    caplog.set_level(logging.DEBUG)
    with override_settings(DEBUG=debug):
        request_id = challenge.note(InvalidToken("the session was revoked (logout)"))
    [record] = [record for record in caplog.records if record.name == "django_bearer.debug"]
    assert record.levelno == level
    [printed] = re.findall(r"^request .*$", PAGE, re.MULTILINE)
    shape = re.sub(r"request \S+", lambda found: f"request {request_id}", printed)
    assert record.getMessage() == shape
