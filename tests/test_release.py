"""What decides whether a release may go out: two equal builds of everything, of the version that the tag names."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from django_bearer import __version__
from tools.release_check import differences, digests, missing, of_another_version
from tools.support.new_project import ROOT

PACKAGES = ("django_bearer", "django_bearer_audit", "django_bearer_migrate", "django_bearer_client")
WHOLE = [f"{package}-0.2.0{kind}" for package in PACKAGES for kind in ("-py3-none-any.whl", ".tar.gz")]
WHOLE.append("django-bearer-client-0.2.0.tgz")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_a_byte_that_differs_is_named(tmp_path: Path) -> None:
    for name, content in (("first", b"a"), ("second", b"b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p-1.whl").write_bytes(content)
        (tmp_path / name / "p-1.tar.gz").write_bytes(b"same")
    (tmp_path / "second" / "q-1.tgz").write_bytes(b"")
    found = differences(digests(tmp_path / "first"), digests(tmp_path / "second"))
    assert found == ["p-1.whl: the two builds differ", "q-1.tgz: only one build made it"]


def test_every_artefact_is_asked_for() -> None:
    assert missing(WHOLE) == []
    for name in WHOLE:
        assert len(missing([other for other in WHOLE if other != name])) == 1


def test_a_tag_of_another_version_is_refused() -> None:
    assert of_another_version("v0.2.0", WHOLE) == []
    for tag in ("v0.2.1", "v0.2", "v0.2.00", "v0x2.0", "", "v"):
        assert len(of_another_version(tag, WHOLE)) == len(WHOLE), tag


def test_our_packages_require_one_another_of_this_minor_version() -> None:
    """They are released together, and use each other's newest names."""
    bound = ">=" + ".".join(__version__.split(".")[:2])
    found = []
    for product in ("library", "auditor", "migrator", "client-python"):
        project = tomllib.loads((ROOT / product / "pyproject.toml").read_text())["project"]
        required = [*project.get("dependencies", ()), *chain(*project.get("optional-dependencies", {}).values())]
        found += [one for one in required if one.startswith("django-bearer")]
    assert found
    assert [one for one in found if not re.fullmatch(rf"[a-z-]+{re.escape(bound)}", one)] == []


def test_all_products_have_one_version() -> None:
    pattern = re.compile(r'__version__ = "([^"]+)"|^  "version": "([^"]+)"|This is version ([\d.]+)\.', re.MULTILINE)
    folders = zip(("library", "auditor", "migrator", "client-python"), PACKAGES, strict=True)
    files = [f"{product}/src/{package}/__init__.py" for product, package in folders]
    files += ["client-js/package.json", "client-js/package-lock.json", "README.md"]
    said = {name: "".join(next(iter(pattern.findall((ROOT / name).read_text())), "")) for name in files}
    assert set(said.values()) == {__version__}, said
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[:2] == ["Unreleased", __version__]


def steps(path: Path) -> list[tuple[str, dict[str, Any]]]:
    jobs = yaml.safe_load(path.read_text())["jobs"]
    return [(name, step) for name, job in jobs.items() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_what_it_uses_and_gets_no_more_than_it_needs(path: Path) -> None:
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    assert "secrets." not in text
    for _, step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        # What an anonymous author chooses, such as the name of a branch or a title, is never pasted into a shell.
        assert "${{" not in step.get("run", "")


def test_only_what_publishes_gets_an_identity() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]
    assert {name: job.get("environment") for name, job in jobs.items()} == {
        "build": None,
        "pypi": "pypi",
        "npm": "npm",
    }
    assert all(jobs[name]["needs"] == "build" for name in ("pypi", "npm"))


def test_workflows_name_targets_and_files_that_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for path in WORKFLOWS:
        for _, step in steps(path):
            for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
                assert target in targets
            for name in re.findall(r"(?<![\w/.])(?:\.ci|tools|requirements)/[\w./-]+", step.get("run", "")):
                assert (ROOT / name).exists(), name
    assert len(WORKFLOWS) == 2
