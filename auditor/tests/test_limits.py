"""A run ends in its time and in its memory, with one line and no clean result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from django_bearer_audit import command
from django_bearer_audit.command import FOUND, WRONG_USE, Options, run
from django_bearer_audit.limits import TooLong, allow, time_limit
from django_bearer_audit.project import files
from django_bearer_audit.project.front.scripts import Script
from django_bearer_audit.project.front.syntax import parse
from django_bearer_audit.project.operations import call_method
from django_bearer_audit.project.syntax import tree_of
from django_bearer_audit.toml import TooMuch, parsed


def spin() -> None:
    while True:
        pass


def test_the_time_of_a_run_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []
    monkeypatch.setattr(command, "_run", lambda options: spin())
    assert run(Options(tmp_path, time_limit=0.05, told=told.append)) == WRONG_USE
    assert len(told) == 1
    assert "--time-limit" in told[0]


def test_code_that_passes_over_exceptions_ends_too() -> None:
    def stubborn() -> None:
        while True:
            try:
                spin()
            except Exception:
                continue

    with pytest.raises(TooLong), time_limit(0.05):
        stubborn()


def test_code_that_looks_at_no_signal_ends_too() -> None:
    pytest.importorskip("resource", reason="Windows limits no processor time")
    code = """
from unicodedata import normalize
from django_bearer_audit import limits
limits._GRACE = 1
with limits.time_limit(0.1):
    normalize("NFKC", "a" + "\u0301\u0316" * 500_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGXCPU


def test_a_limit_ends_with_its_block() -> None:
    resource = pytest.importorskip("resource", reason="Windows limits no processor time")
    before = resource.getrlimit(resource.RLIMIT_CPU)
    with time_limit(5):
        assert resource.getrlimit(resource.RLIMIT_CPU) != before
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


def test_the_size_of_a_tree_gives_time_and_elsewhere_nothing_is_limited() -> None:
    with time_limit(None):
        first = signal.getitimer(signal.ITIMER_PROF)[0]
        allow(10_000_000)
        assert signal.getitimer(signal.ITIMER_PROF)[0] > first + 10
    with time_limit(5):
        allow(10_000_000)
        assert signal.getitimer(signal.ITIMER_PROF)[0] < 6
        with time_limit(1):
            assert signal.getitimer(signal.ITIMER_PROF)[0] > 1, "the outer one stays"
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    with time_limit(0):
        assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    seen: list[Any] = []

    def beside() -> None:
        with time_limit(5):
            seen.append(signal.getitimer(signal.ITIMER_PROF))

    thread = threading.Thread(target=beside)
    thread.start()
    thread.join()
    assert seen == [(0.0, 0.0)]


def test_memory_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import jwt\n" + "token = [1, 2, 3]\n" * 50_000)
    words = ["audit", str(tmp_path), "--no-cache", "--memory-limit", "150"]
    code = "from django_bearer.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode in (FOUND, WRONG_USE)
    assert "Traceback" not in done.stderr
    assert done.returncode == FOUND or len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("error", [RecursionError("deep"), MemoryError(), ValueError("a\nb\x1b[2J")])
def test_what_breaks_is_one_line(error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(options: Options) -> int:
        raise error

    told: list[str] = []
    monkeypatch.setattr(command, "_run", broken)
    assert run(Options(tmp_path, told=told.append)) == WRONG_USE
    assert len(told) == 1
    assert told[0].isprintable()


def test_a_rule_that_breaks_is_no_clean_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from django_bearer_audit import engine

    def broken(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(engine, "_parts", lambda rule, project: [("", broken)])
    said: list[str] = []
    assert run(Options(tmp_path, cache=False, shown=said.append)) == FOUND
    assert "failed" in "".join(said)
    assert run(Options(tmp_path, cache=False, shown=said.append, fail_on=command.FailOn.NEVER)) == 0


def test_a_tree_of_too_many_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.py").touch()
    told: list[str] = []
    assert run(Options(tmp_path, cache=False, told=told.append)) == WRONG_USE
    assert len(told) == 1


def test_a_tree_that_is_too_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "a.py").touch()
    assert [skip.reason for skip in files.discover(tmp_path).skipped] == ["nested deeper than 64 folders"]


@pytest.mark.parametrize(
    ("name", "held", "given"),
    [
        ("replace", "a" * 9_000, ("a", "b" * 9_000)),
        ("replace", b"a" * 9_000, (b"", b"b" * 9_000)),
        ("encode", "a" + "\u0301\u0316" * 200_000, ("idna",)),
        ("split", "a" * 20_000, ("a",)),
    ],
)
def test_methods_that_take_too_much_are_not_called(name: str, held: str | bytes, given: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"not computed|too large"):
        call_method(name, held, given)


@pytest.mark.parametrize("text", ["a." * 20_000 + "a = 1", "[" + "a." * 20_000 + "a]", "a = " + "[" * 100_000])
def test_toml_that_takes_too_long(text: str) -> None:
    with pytest.raises(TooMuch):
        parsed(text)


def test_a_script_of_many_open_brackets_is_walked_whole() -> None:
    """A query of tree-sitter's drops what is too much, and its time grows with the square of what is open."""
    functions = [*parse(Script("(function(){" * 20_000 + "})" * 20_000, "javascript")).find("function_expression")]
    assert len(functions) == 20_000
    assert not [*parse(Script("`${" * 300_000, "javascript")).find("call_expression")]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="f-strings are parsed in one go since 3.12")
def test_python_that_takes_too_long() -> None:
    assert tree_of(b"x = f'" + b"{a}" * 200_000 + b"'", "a.py") == "an f-string takes too long to parse"
    assert not isinstance(tree_of(b"x = f'" + b"{a}" * 2_000 + b"'", "a.py"), str)
    assert not isinstance(tree_of(json.dumps([{}] * 50_000).encode(), "a.py"), str)
