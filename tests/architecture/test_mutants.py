"""Every mutant breaks a line that is there, and names tests that are."""

from __future__ import annotations

from tools import client_mutants
from tools.mutants import MUTANTS, ROOT

LIBRARY = ROOT / "library"


def test_every_line_that_is_broken_is_there() -> None:
    sources = {mutant.file: (LIBRARY / "src" / "django_bearer" / mutant.file) for mutant in MUTANTS}
    texts = {name: path.read_text() if path.exists() else "" for name, path in sources.items()}
    assert [mutant.name for mutant in MUTANTS if mutant.before not in texts[mutant.file]] == []


def test_every_line_of_the_browser_client_that_is_broken_is_there() -> None:
    source = ROOT / "client-js" / "src"
    texts = {name: (source / name).read_text() for name in {name for name, _, _ in client_mutants.MUTANTS}}
    assert [(name, old) for name, old, _ in client_mutants.MUTANTS if old not in texts[name]] == []


def test_every_test_that_is_named_is_there() -> None:
    named = {name for mutant in MUTANTS for name in mutant.tests.split()}
    assert [name for name in sorted(named) if not (LIBRARY / name.partition("::")[0]).exists()] == []


def test_no_mutant_stands_there_twice() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
