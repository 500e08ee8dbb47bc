"""`action.yml` and `.pre-commit-hooks.yaml` as their runners run them, on the broken demo and on a clean tree."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from django_bearer_audit.project.files import SUFFIXES

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """What a job checks out: a broken project and a clean one, under version control."""
    shutil.copytree(ROOT / "auditor" / "examples" / "vulnerable", tmp_path / "broken")
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


INSTALL = ACTION["runs"]["steps"][0]


def test_the_action_installs_outside_the_checkout_by_hash_only() -> None:
    assert INSTALL["working-directory"] == "${{ github.action_path }}"
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"])
    commands = [line.split() for line in INSTALL["run"].splitlines() if "pip install" in line]
    assert all(command[:4] == ["python", "-I", "-m", "pip"] for command in commands)
    assert all({"--require-hashes", "--no-index"} & set(command) for command in commands)


def test_the_action_runs_no_module_of_the_checkout(workspace: Path, tmp_path: Path) -> None:
    """Even where the first step is run inside of it: every interpreter it starts is isolated."""
    for name in ("pip", "venv", "site", "hatchling"):
        (workspace / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (workspace / "requirements").mkdir()
    (workspace / "requirements" / "action.txt").write_text("")
    (workspace / "pyproject.toml").write_text("")
    env = environment(RUNNER_TEMP=str(tmp_path / "runner"), PIP_NO_INDEX="1")
    lines = [line for line in INSTALL["run"].splitlines() if "--no-index" not in line]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=workspace, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_what_is_installed_is_pinned() -> None:
    """The groups say what the extra says, and the hook has the versions of the action."""
    auditor = tomllib.loads((ROOT / "auditor" / "pyproject.toml").read_text())["project"]["dependencies"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(auditor) < set(groups["action"])
    pins = re.findall(r"^([a-z-]+==[\w.]+)", (ROOT / "requirements" / "action.txt").read_text(), re.M)
    product, *others = HOOK["additional_dependencies"]
    assert product == "./auditor"
    assert set(others) < set(pins)
    assert {each.split("==")[0] for each in others} == {re.split("[<>=]", each)[0] for each in auditor}
    for file in (ROOT / "requirements").glob("*.txt"):
        asked = re.split(r"\n(?=[a-z])", file.read_text())
        assert all("==" in each and "--hash=sha256:" in each for each in asked if each[0].isalpha()), file


def test_make_installs_nothing_without_a_hash() -> None:
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert lines
    for line in lines:
        every = "--editable library --editable auditor --editable migrator --editable client-python"
        products = (every, "isolation --editable library")
        own = "--no-deps" in line and "--no-build-isolation" in line and line.rstrip().endswith(products)
        assert own or "--require-hashes" in line, line


def test_the_documented_workflow_is_safe_as_copied() -> None:
    page = (ROOT / "docs" / "audit" / "usage.md").read_text()
    found = re.search(r"```yaml\n(.*?)```", page, re.S)
    assert found
    workflow = yaml.safe_load(found[1])
    assert workflow[True] == "pull_request", "YAML reads `on` as true"
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in job["steps"])
    assert job["steps"][0]["with"]["persist-credentials"] is False
    assert set(job["steps"][-1].get("with", {})) <= set(ACTION["inputs"])
    assert "pull_request_target" in page


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
