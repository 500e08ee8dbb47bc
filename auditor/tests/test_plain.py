"""Every output is printable and has the auditor's own lines only, whatever the names and content of a tree."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_bearer_audit.command import Format
from django_bearer_audit.finding import (
    Aside,
    Change,
    Confidence,
    Finding,
    Hit,
    Persona,
    Place,
    Report,
    Severity,
    Skipped,
)
from django_bearer_audit.fixing import Fix
from django_bearer_audit.project.routes.facts import Endpoint, Fact, Kind, Source, Who
from django_bearer_audit.report.plain import as_json, plain, plain_lines
from tests.hostile_trees import TEXTS

hostile = st.lists(st.sampled_from(TEXTS) | st.text(max_size=8), max_size=4).map("".join)
_COMMAND = re.compile(r"^\s*::|##\w*\[")


def is_plain(line: str) -> bool:
    return line.isprintable() and not _COMMAND.search(line)


@settings(deadline=None)
@given(hostile)
def test_a_text_is_one_printable_line_and_no_command(text: str) -> None:
    assert is_plain(plain(text))
    assert len(text) > 500 or plain(plain(text)) == plain(text)
    assert all(is_plain(line) for line in plain_lines(text).split("\n"))


@pytest.mark.parametrize(
    "text", ["shop/views.py", "Größe/価格.py", "a b", "x[0]::y", "# comment [x]", "C++ # 1", "\\d+"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@settings(deadline=None)
@given(st.recursive(hostile, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3)))
def test_json_is_ascii_and_says_the_same(data: object) -> None:
    told = as_json(data)
    assert told.isascii()
    assert all(is_plain(line) for line in told.split("\n"))
    assert json.loads(told) == data


def report_of(text: str) -> Report:
    """A report in which every text that can come from a tree is this one."""
    hit = Hit(
        Place(text, 2, 3), text, text, text, (Place(text),), changes=(Change("value", Place(text), text, text),)
    )
    finding = Finding("BT403", text, "CWE-347", Severity.HIGH, Confidence.HIGH, Persona.REGULAR, hit, text)
    return Report(
        root=text.replace("\0", ""),
        findings=(finding,),
        skipped=(Skipped(text, text),),
        notes=(text,),
        files=1,
        aside=(Aside(finding, "inline", text),),
        assumed=((text, text),),
        routes=(("METHOD", "ROUTE"), (text, text)),
    )


@pytest.mark.parametrize("form", Format)
@settings(deadline=None)
@given(text=hostile)
def test_every_format(form: Format, text: str) -> None:
    told = import_module(f"django_bearer_audit.report.{form}").render(report_of(text))
    lines = told.rstrip("\n").split("\n") if told else []
    for line in lines:
        assert line.isprintable()
        if form is Format.GITHUB:
            assert re.match(
                r"::error file=[^,:]*,line=2,endLine=3,title=[^,:]*::|::(notice|error) title=django-bearer::", line
            )
            assert len(lines) == 3
        else:
            assert not _COMMAND.search(line)
        if form is Format.TEXT and "in 1 files" not in line:
            assert not re.match(r"\s*\d+ findings", line)


@settings(deadline=None)
@given(hostile)
def test_the_route_table(text: str) -> None:
    from django_bearer_audit.project.routes import RouteTable
    from django_bearer_audit.report import routes

    fact = Fact((text,), Source.BODY, Place(text))
    endpoint = Endpoint(text, text, text, Kind.DJANGO, Place(text), Who.USER, fact, fact, fact, fact)
    table = RouteTable((endpoint,), (Place(text),))
    for told in (routes.render(table), routes.as_json(table)):
        assert all(is_plain(line) for line in told.split("\n"))


@settings(deadline=None)
@given(hostile, hostile)
def test_a_diff(path: str, text: str) -> None:
    told = Fix(path, text.encode("utf-8", "replace"), f"{text}\n{text}x\n".encode("utf-8", "replace")).diff()
    for line in told.rstrip("\n").split("\n"):
        assert line.replace("\t", " ").isprintable()
        assert not _COMMAND.search(line)
        assert not told or re.match(r"[-+ @\\]", line)


def test_no_printer_has_a_way_of_its_own() -> None:
    """Each format takes the report from `shown`, or writes ASCII by `as_json`."""
    folder = Path(__file__).parents[1] / "src" / "django_bearer_audit" / "report"
    for form in Format:
        assert re.search(r"shown|as_json", (folder / f"{form}.py").read_text()), form
