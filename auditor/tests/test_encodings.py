"""No way to write a letter hides a word from the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.encodings import encoding_of, searchable
from django_bearer_audit.engine import audit
from tests.hostile import FAULT, write

TOKEN = "localStorage.setItem('token', access_token);\n"


@pytest.mark.parametrize(
    "said", ["utf-7", "unicode_escape", "raw-unicode-escape", "utf_16", "hz", "iso2022_jp", "cp037"]
)
@pytest.mark.parametrize(
    "head", ["# coding: {}\n", "\n# -*- coding: {} -*-\n", "#!x\r#vim:fileencoding= {}\r", "\f#coding={}\n"]
)
def test_an_encoding_that_writes_letters_as_something_else_is_not_read(tmp_path: Path, said: str, head: str) -> None:
    write(tmp_path, {"a.py": head.format(said) + FAULT})
    assert [(skip.path, skip.unread) for skip in audit(tmp_path).skipped] == [("a.py", True)]


@pytest.mark.parametrize(
    ("said", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF_8-unix", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("latin1", "iso8859-1"),
        ("iso-8859-1-dos", "iso8859-1"),
        ("ISO-8859-15", "iso8859-15"),
        ("cp1252", "cp1252"),
        ("gbk", "gbk"),
        ("us-ascii", "ascii"),
    ],
)
def test_usual_encodings_are_read(tmp_path: Path, said: str, codec: str) -> None:
    text = f"# coding: {said}\n"
    assert encoding_of(text.encode()) == codec
    write(tmp_path, {"a.py": text + FAULT})
    report = audit(tmp_path)
    assert [finding.rule for finding in report.findings] == ["BT403"]
    assert not report.skipped


def test_only_the_first_two_lines_say_the_encoding() -> None:
    assert encoding_of(b"\n\n# coding: utf-7\n") == "utf-8"
    assert encoding_of(b"x = 1  # coding: utf-7\n") == "utf-8"
    assert encoding_of(b"\xef\xbb\xbf# coding: utf-7\n") is None


@pytest.mark.parametrize("name", ["\uff4a\uff57\uff54", "\U0001d4f3wt", "jw\u1d57"])
def test_letters_that_python_takes_for_others_are_found(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "build"))
    write(tmp_path, {"a.py": FAULT.replace("jwt", name)})
    for remember in (False, True, True):
        assert [finding.rule for finding in audit(tmp_path, remember=remember).findings] == ["BT403"]


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73", "\u0344\u0316"])
@pytest.mark.parametrize("text", ["a{} = 1\n", "x = 'a{}'\n", "# a{}\n"])
def test_marks_without_end_hold_no_audit(tmp_path: Path, marks: str, text: str) -> None:
    """Python sorts the marks of a name: a quarter of a million of them take it longer than a night."""
    write(tmp_path, {"a.py": text.format(marks * 140_000)})
    assert [each.reason for each in audit(tmp_path).unread] == ["a letter bears too many marks to parse"]


def test_marks_of_languages_are_read(tmp_path: Path) -> None:
    said = "Z\u0301\u0316\u0327 \u0e17\u0e35\u0e48 \u05d1\u05bc\u05b0 \u0f40\u0f71\u0f72 \u4e2d\u6587\u4e2d\u6587"
    text = f"x = '{said * 9}'\n" * 40
    write(tmp_path, {"a.py": text + FAULT, "b.py": "# " + "\u0439" * 300 + "\n"})
    assert audit(tmp_path).unread == ()


def test_such_letters_are_found_in_other_encodings_too() -> None:
    assert b"authlib" in searchable("# coding: latin-1\nimport \xaauthlib\n".encode("latin-1"))
    assert searchable("x = 'ä'".encode()) == "x = 'ä'".encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.js", TOKEN.encode("utf-16")),
        ("a.js", b"\xfe\xff" + TOKEN.encode("utf-16-be")),
        ("a.JS", TOKEN.encode()),
        ("a.Html", f"<script>{TOKEN}</script>".encode()),
        ("a.js", TOKEN.replace("S", "\\u0053").encode()),
        ("a.js", TOKEN.replace("S", "\\u{000053}").encode()),
        ("a.js", TOKEN.replace("'token'", "'\\x74oken'").replace("access_token", "x").encode()),
    ],
)
def test_scripts_are_read_as_browsers_read_them(tmp_path: Path, name: str, data: bytes) -> None:
    write(tmp_path, {name: data})
    assert [finding.rule for finding in audit(tmp_path).findings] == ["BT304"]
