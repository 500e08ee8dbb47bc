"""A mutant is killed by a test that fails, and by nothing else."""

from __future__ import annotations

import pytest

from tools.support.judging import KILLED, LIVES, NOT_JUDGED

pytest_plugins = ["pytester"]
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False\n"
SKIPS = "import pytest\ndef test_skips(): pytest.skip('not here')\n"
BEGINS_BADLY = """
import pytest
@pytest.fixture
def server(): raise OSError("no server")
@pytest.mark.parametrize("number", range(3))
def test_with_a_server(server, number): pass
"""
ENDS_BADLY = """
import pytest
@pytest.fixture
def server():
    yield
    raise OSError("no server")
def test_until_the_end(server): pass
"""
IS_NOT_READ = "import no_such_module\n"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([PASSES, SKIPS], LIVES),
        ([PASSES, FAILS, PASSES], KILLED),
        ([BEGINS_BADLY, PASSES], NOT_JUDGED),
        ([ENDS_BADLY, PASSES], NOT_JUDGED),
        ([BEGINS_BADLY, ENDS_BADLY, FAILS], KILLED),
        ([BEGINS_BADLY.replace("range(3)", "range(99)"), FAILS], int(pytest.ExitCode.INTERRUPTED)),
        ([IS_NOT_READ, FAILS], int(pytest.ExitCode.INTERRUPTED)),
        ([], int(pytest.ExitCode.NO_TESTS_COLLECTED)),
    ],
    ids=["passes", "fails", "begins badly", "ends badly", "fails later", "too many errors", "not read", "none"],
)
def test_status(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, files: list[str], status: int) -> None:
    for number, text in enumerate(files):
        (pytester.path / f"test_{number}.py").write_text(text)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # which is most of what a run costs
    done = pytester.runpytest_inprocess("-p", "tools.support.judging")
    assert done.ret == status
    if status == KILLED:
        assert "1 failed" in done.stdout.str(), "it stops at the first"
