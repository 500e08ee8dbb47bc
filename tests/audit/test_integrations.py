"""`action.yml` and `.pre-commit-hooks.yaml` as their runners run them, on the broken demo and on a clean tree."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from django_bearer.audit.project.files import SUFFIXES

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """What a job checks out: a broken project and a clean one, under version control."""
    shutil.copytree(ROOT / "demo" / "broken", tmp_path / "broken")
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "tool.py").write_text("print('nothing to log in to')\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "as it is")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def environment(**more: str) -> dict[str, str]:
    """The console script of this environment first on the path, and a cache of its own."""
    binaries = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", **more}


def act(workspace: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The audit step as the runner does it: inputs go into its environment, then bash runs its script."""
    inputs = {name: each["default"] for name, each in ACTION["inputs"].items()} | given
    step = ACTION["runs"]["steps"][-1]
    told = {name: _INPUT.sub(lambda found: inputs[found[1]], value) for name, value in step["env"].items()}
    env = environment(**told, XDG_CACHE_HOME=str(workspace / ".cache"), GITHUB_WORKSPACE=str(workspace))
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, cwd=workspace, env=env, capture_output=True, text=True, check=False)


def test_a_broken_project_fails_the_job_with_annotations_and_sarif(workspace: Path) -> None:
    done = act(workspace, path="broken", sarif="found.sarif")
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::error file=broken/settings\.py,line=4,", done.stdout, re.M), done.stdout[:400]
    (run,) = json.loads((workspace / "found.sarif").read_text())["runs"]
    assert len(run["results"]) == done.stdout.count("\n::") + 1


def test_a_clean_project_passes_and_leaves_an_empty_run(workspace: Path) -> None:
    done = act(workspace, path="clean", sarif="found.sarif")
    assert done.returncode == 0, done.stderr
    assert "::error" not in done.stdout
    (run,) = json.loads((workspace / "found.sarif").read_text())["runs"]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"]


def test_never_fails_when_told_so(workspace: Path) -> None:
    assert act(workspace, path="broken", **{"fail-on": "never"}).returncode == 0


def test_only_what_changed_since_a_revision(workspace: Path) -> None:
    assert act(workspace, path=".", diff="HEAD").returncode == 0
    page = workspace / "broken" / "web" / "src" / "session.ts"
    page.write_text(page.read_text() + '\nlocalStorage.setItem("refresh_token", again.refresh_token);\n')
    done = act(workspace, path=".", diff="HEAD", **{"fail-on": "low"})
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.findall(r"^::\w+ file=([^,]+)", done.stdout, re.M) == ["broken/web/src/session.ts"]


def test_an_input_is_never_a_command(workspace: Path) -> None:
    for name in ACTION["inputs"]:
        act(workspace, **{name: '"; touch stolen; echo $(touch stolen) `touch stolen` "'})
        assert not list(workspace.rglob("stolen")), name
    scripts = [step["run"] for step in ACTION["runs"]["steps"]]
    assert not [script for script in scripts if "${{" in script]


def test_a_wrong_input_is_told_and_fails(workspace: Path) -> None:
    done = act(workspace, path="nowhere")
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_the_action_installs_itself_with_what_the_auditor_needs() -> None:
    assert '"${GITHUB_ACTION_PATH}[audit]"' in ACTION["runs"]["steps"][0]["run"]
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"])


@pytest.mark.parametrize(("folder", "code"), [("broken", 1), ("clean", 0)])
def test_the_hook(workspace: Path, folder: str, code: int) -> None:
    assert HOOK["pass_filenames"] is False, "a finding may lie in a file that did not change"
    env = environment(XDG_CACHE_HOME=str(workspace / ".cache"))
    command = shlex.split(HOOK["entry"])
    done = subprocess.run(command, cwd=workspace / folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("BT401" in done.stdout) is (folder == "broken")


def test_the_hook_runs_when_any_kind_of_source_changes() -> None:
    kinds = {".py": "python", ".js": "javascript", ".jsx": "jsx", ".ts": "ts", ".tsx": "tsx", ".vue": "vue"}
    kinds |= {".svelte": "svelte", ".html": "html", ".toml": "toml"}
    assert set(kinds) <= SUFFIXES
    assert sorted(HOOK["types_or"]) == sorted(kinds.values())
