"""Odd arguments of every command: a line that says what is wrong, never a traceback."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import issue_session

HUGE = str(10**20)
HALF = "a\udcffb"
"""What Python makes of a byte on the command line that is no UTF-8."""
ODD = [
    *[["bearer_purge", "--batch", value] for value in (HUGE, "-1", "x", "1e3", "9" * 5000, "١٢٣٤٥٦٧")],
    *[["bearer_keys", "rotate", "--every", value] for value in (HUGE, "-1", "x", "9" * 5000)],
    *[["bearer_keys", step, "no such"] for step in ("activate", "retire", "remove", "revoke")],
    *[["bearer_keys", step, value] for step in ("activate", "revoke") for value in ("", HALF, "\x00", "-")],
    *[["bearer_keys", "list", "--issuer", value] for value in ("nonsense", HALF, "\x00", "https://[::1")],
    ["bearer_keys", "nonsense"],
    *[["bearer_invalidate_after_restore", "--issuer", value] for value in ("nonsense", HALF, "\x00")],
    *[["bearer_events", "export", "--since", value] for value in ("yesterday", "2026-02-30", "99999-01-01", "")][:3],
    *[
        ["bearer_events", step, "--user", value]
        for step in ("export", "erase")
        for value in (HALF, "\x00", "9" * 600)
    ],
    ["bearer_events", "erase"],
    *[["bearer_revoke", option, value] for option in ("--user", "--cause") for value in (HALF, "\x00", "9" * 600)],
    *[["bearer_doctor", "--user", value] for value in (HALF, "\x00", "9" * 600)],
    *[["bearer_doctor", "--user", "ann", "--address", value] for value in (HALF, "\x00", "nonsense", "9" * 600)],
    ["bearer_doctor", "--address", "203.0.113.7"],
    *[["bearer_api_token", "revoke", value] for value in ("x", HALF, "\x00", "9" * 5000, "")],
    *[
        ["bearer_api_token", "create", "--user", "ann@example.com", "--name", "x", "--days", value]
        for value in (HUGE, "-1", "x", "36500", "9" * 5000)
    ],
    *[
        ["bearer_api_token", step, option, value, "--name", "x", "--days", "1"]
        for step in ("create", "list", "disable")
        for option in ("--user", "--service")
        for value in (HALF, "\x00", "n" * 600)
    ],
    ["bearer_api_token", "create", "--service", "n" * 101, "--name", "x", "--days", "1"],
    ["bearer_api_token", "create", "--user", "ann@example.com", "--name", "x" * 5000, "--days", "1"],
    ["bearer_api_token", "create", "--user", "ann@example.com", "--name", HALF, "--days", "1"],
    ["bearer_api_token", "create", "--user", "ann@example.com", "--name", "x", "--days", "1", "--scope", HALF],
    [
        "bearer_api_token",
        "create",
        "--user",
        "ann@example.com",
        "--name",
        "x",
        "--days",
        "1",
        "--audience",
        "a" * 600,
    ],
    ["bearer_api_token", "create", "--user", "ann@example.com", "--name", "x", "--days", "1", "--audience", HALF],
    *[
        ["bearer_doctor", value]
        for value in (
            *("https://[::1/", "https://", "ftp://x/", "x", "https://h//[/", "https://[zz]/", "https://h/" + HALF),
        )
    ],
    ["bearer_doctor", "https://testserver/plain/", "--headers", "/no/such/file"],
    ["bearer_doctor", "https://testserver/plain/", "--headers", "/"],
    ["bearer_doctor", "https://testserver/plain/", "--headers", "a\x00b"],
    ["bearer_audit", "/no/such/folder"],
    ["bearer_audit", "--baseline", "/no/such/file", "/no/such/folder"],
    ["bearer_routes", "--format", "xml"],
]
FINE = [
    *[["bearer_doctor", f"https://{host}/"] for host in ("h:port", "h\x00", HALF, "h" * 5000)],
    ["bearer_doctor", "https://testserver/plain/", "--method", "ODD THING"],
    ["bearer_doctor", "https://testserver/plain/", "--peer", "nonsense"],
    ["bearer_doctor", "https://testserver/plain/", "--peer", ""],
    ["bearer_keys", "list", "ignored"],
    ["bearer_purge", "--batch", "10000"],
    ["bearer_keys", "rotate", "--every", "36500"],
]
"""May succeed or be refused in a line."""


@pytest.fixture(autouse=True)
def stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(""))


def name_of(words: list[str]) -> str:
    return " ".join(words)[:60].encode("ascii", "backslashreplace").decode()


def ask(*words: str) -> str:
    """How the command ended: refused in a line, or done."""
    try:
        call_command(*words, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        said = str(error)
        assert said
        assert "Traceback" not in said
        return "refused"
    except SystemExit as ended:
        return f"exit {ended.code}"
    return "done"


@pytest.mark.django_db
@pytest.mark.parametrize("words", ODD, ids=map(name_of, ODD))
def test_is_refused_in_a_line(words: list[str], ann: Any) -> None:
    issue_session(ann)
    assert ask(*words) in ("refused", "exit 2"), words


@pytest.mark.django_db
@pytest.mark.parametrize("words", FINE, ids=map(name_of, FINE))
def test_is_done_or_refused_in_a_line(words: list[str], ann: Any) -> None:
    issue_session(ann)
    ask(*words)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [10**20, True, 1.5, "5", None])
def test_numbers_that_a_program_gives(value: Any) -> None:
    with pytest.raises(CommandError, match="whole number"):
        call_command("bearer_purge", batch=value, stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 2_000_000], ids=["no UTF-8", "too long"])
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_headers_that_are_no_text(content: bytes, way: str, tmp_path: Path, monkeypatch: Any) -> None:
    words = ["bearer_doctor", "https://testserver/plain/"]
    if way == "file":
        (tmp_path / "headers.txt").write_bytes(content)
        words += ["--headers", str(tmp_path / "headers.txt")]
    else:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
    assert ask(*words) == "refused"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lines",
    [
        *("Host: [::1", "Host: a b", "Content-Length: x", "Content-Length: -1", "Content-Type: x; charset=nonsense"),
        *("Cookie: \x01\x02", ": empty", "X-Forwarded-For: nonsense", "Authorization: Bearer \u00e9"),
    ],
)
def test_headers_that_no_server_would_take(lines: str, tmp_path: Path) -> None:
    (tmp_path / "headers.txt").write_text(f"{lines}\nAccept: */*\n", encoding="utf-8")
    ask("bearer_doctor", "https://testserver/plain/", "--headers", str(tmp_path / "headers.txt"))
