"""The command line: formats and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, code: str = "from django_bearer.cli import main; main()") -> tuple[int, str, str]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "settings.py").write_text("INSTALLED_APPS = []\nSECRET_KEY = 'in the source'\n")
    return tmp_path


def test_json_is_one_object(project: Path) -> None:
    (project / "broken.py").write_text("def (:")
    code, out, _ = run("audit", str(project), "--format", "json")
    answer = json.loads(out)
    wanted = {"rule", "cwe", "severity", "confidence", "path", "line_start", "line_end", "message"}
    assert code == 1
    assert all(wanted <= set(finding) for finding in answer["findings"])
    assert [skip["path"] for skip in answer["skipped"]] == ["broken.py"]


def test_text_shows_the_code(project: Path) -> None:
    _, out, _ = run("audit", str(project))
    assert "settings.py:2" in out
    assert "2 | SECRET_KEY = 'in the source'" in out


@pytest.mark.parametrize(("bar", "code"), [("high", 1), ("never", 0)])
def test_fail_on(project: Path, bar: str, code: int) -> None:
    assert run("audit", str(project), "--fail-on", bar)[0] == code


def test_what_no_encoding_can_say_is_printed(project: Path) -> None:
    name = b"caf\xe9.py".decode(errors="surrogateescape")
    (project / name).write_text("def (:")
    code, out, _ = run("audit", str(project), "--format", "json")
    assert (code, len(json.loads(out)["skipped"])) == (1, 1)


def test_a_clean_tree_exits_0(tmp_path: Path) -> None:
    assert run("audit", str(tmp_path))[0] == 0


def test_wrong_use_exits_2(tmp_path: Path) -> None:
    assert run("audit", str(tmp_path / "nowhere"))[0] == 2


def test_without_a_command_it_prints_its_help() -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "audit" in err


def test_without_the_extra_python_is_read_and_the_rest_is_named(project: Path) -> None:
    (project / "login.js").write_text("localStorage.setItem('token', token)\n")
    hide = "import sys; sys.modules['tree_sitter'] = None; from django_bearer.cli import main; main()"
    code, out, _ = run("audit", str(project), code=hide)
    assert code == 1
    assert "settings.py:2" in out
    assert 'skipped 1: front end not read; pip install "django-bearer[audit]"' in out


def test_a_baseline_is_written_and_used(project: Path) -> None:
    code, out, err = run("audit", str(project), "--write-baseline")
    assert (code, out) == (0, "")
    assert "2 findings accepted" in err
    code, out, _ = run("audit", str(project))
    assert code == 0
    assert "suppressed 2: by the baseline" in out


def test_wrong_configuration_exits_2(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.django-bearer.audit]\nassume = ["tls-at-proxy"]\n')
    code, out, err = run("audit", str(project))
    assert (code, out) == (2, "")
    assert "needs a reason" in err


@pytest.mark.parametrize("arguments", [("--diff", "HEAD"), ("--baseline", "nowhere.json")])
def test_what_cannot_be_compared_exits_2(project: Path, arguments: tuple[str, str]) -> None:
    assert run("audit", str(project), *arguments)[0] == 2


def test_fix(project: Path) -> None:
    (project / "views.py").write_text('response.set_cookie("access_token", token, httponly=True)\n')
    _, out, _ = run("audit", str(project), "--fix", "--unsafe", "--diff-only")
    assert "+response.set_cookie" in out
    assert "secure" not in (project / "views.py").read_text()
    _, out, err = run("audit", str(project), "--fix", "--unsafe")
    assert "secure=True" in (project / "views.py").read_text()
    assert "BT204" not in out
    assert "fixed 2 files" in err


def test_a_report_goes_to_a_file(project: Path) -> None:
    code, out, _ = run("audit", str(project), "--format", "html", "--output", str(project / "report.html"))
    assert (code, out) == (1, "")
    assert (project / "report.html").read_text().startswith("<!doctype html>")
