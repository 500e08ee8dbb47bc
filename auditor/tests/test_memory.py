"""A second run says the same as a first one would, whatever changed in between."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from django_bearer_audit import memory
from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Report
from django_bearer_audit.project.ledger import Ledger

BROKEN = Path(__file__).parents[1] / "examples" / "vulnerable"

FILES = {
    "shop/settings.py": "INSTALLED_APPS = ['rest_framework']\nSECRET_KEY = 'in the source'\n",
    "shop/views.py": "def login(request):\n    response.set_cookie('access_token', token)\n",
    "shop/idle.py": "X = 1\n",
    "web/app.js": "localStorage.setItem('token', t);\n",
    "web/idle.js": "export const x = 1;\n",
    "requirements.txt": "django\n",
}
CHANGES = {
    "a rule's file": ("shop/views.py", "def login(request):\n    pass\n"),
    "the settings": ("shop/settings.py", "INSTALLED_APPS = []\nDEBUG = True\n"),
    "an idle file": ("shop/idle.py", "X = 2\n"),
    "an idle file that now matters": ("shop/idle.py", "response.set_cookie('access_token', token)\n"),
    "an idle file that no longer parses": ("shop/idle.py", "def (:\n"),
    "a script": ("web/app.js", "export const x = 1;\n"),
    "an idle script": ("web/idle.js", "export const x = 2;\n"),
    "an idle script that now matters": ("web/idle.js", "localStorage.setItem('jwt', t);\n"),
    "a suppression": ("web/app.js", "localStorage.setItem('token', t);  // bearer: ignore[BT304] -- demo\n"),
    "a new file": ("web/new.js", "localStorage.setItem('jwt', t);\n"),
    "the requirements": ("requirements.txt", "django==1.0\n"),
    "nothing": ("shop/idle.py", "X = 1\n"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def again(root: Path) -> tuple[Report, int]:
    """A remembered run, and how many answers were found out for it."""
    found: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        real = Ledger.begin
        patch.setattr(Ledger, "begin", lambda ledger: found.append(1) or real(ledger))
        report = audit(root, remember=True)
    return report, len(found)


@pytest.mark.parametrize("change", CHANGES)
def test_a_second_run_says_what_a_first_run_would(project: Path, change: str) -> None:
    first, _ = again(project)
    assert first == audit(project)
    path, text = CHANGES[change]
    (project / path).write_text(text)
    for _ in range(2):
        assert again(project)[0] == audit(project)


@pytest.mark.parametrize("change", ["nothing", "an idle file", "an idle script"])
def test_nothing_is_found_out_again_for_what_no_rule_can_see(project: Path, change: str) -> None:
    again(project)
    path, text = CHANGES[change]
    (project / path).write_text(text)
    assert again(project)[1] == 0
    assert again(project)[1] == 0


def test_a_change_finds_out_less_than_a_first_run(project: Path) -> None:
    _, first = again(project)
    (project / "shop/views.py").write_text(CHANGES["a rule's file"][1])
    _, second = again(project)
    assert 0 < second < first / 4


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=settings.default.max_examples // 4,  # each makes three edits, and audits eight times
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller example is not worth the minutes
)
def test_any_edits_are_followed(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lines of a project of many parts go, come back and change places; a second run keeps up."""
    folder = tmp_path_factory.mktemp("edits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        root = folder / "project"
        shutil.copytree(BROKEN, root)
        files = sorted(path for path in root.rglob("*") if path.suffix in {".py", ".js", ".jsx", ".html", ".txt"})
        for _ in range(3):
            assert again(root)[0] == audit(root)
            path = data.draw(st.sampled_from(files))
            lines = path.read_text().splitlines(keepends=True) or ["\n"]
            start = data.draw(st.integers(0, len(lines) - 1))
            gone = data.draw(st.integers(1, 4))
            new = data.draw(st.sampled_from(files)).read_text().splitlines(keepends=True)
            kept = data.draw(st.sampled_from([[], new, new[start : start + gone]]))
            path.write_text("".join(lines[:start] + kept + lines[start + gone :]))
        assert again(root)[0] == audit(root)


def test_a_removed_file_is_noticed(project: Path) -> None:
    again(project)
    (project / "web/app.js").unlink()
    assert again(project)[0] == audit(project)


@pytest.mark.parametrize("junk", ["", "[]", "{", '{"about": 1}', "\x80\x04K\x01."])
def test_a_broken_memory_is_forgotten(project: Path, junk: str) -> None:
    first, _ = again(project)
    (file,) = memory.folder().iterdir()
    file.write_text(junk)
    assert again(project)[0] == first


@pytest.mark.parametrize("member", ["contents", "stamps", "answers", "nodes", "searches", "finds", "front_read"])
def test_a_memory_that_was_changed_is_forgotten(project: Path, member: str) -> None:
    first, found = again(project)
    (file,) = memory.folder().iterdir()
    file.write_text(file.read_text().replace(f'"{member}":', f'"{member}":null,"{member}s":'))
    assert again(project) == (first, found)


@pytest.mark.parametrize("at_once", [1, 2, 4_000])
def test_a_memory_is_written_in_parts_that_are_one_json_text(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    held = {"about": 'a "name"', "answers": {"a": {"k": [1, [{"x": "\ud800é"}]]}, "b": {}}, "none": [], "of": {}}
    held |= {"nodes": [[[1], [], [2, 3]], [(), (), ()], [[], [5], []]], "began": 7, "no": {"answers": {}}}
    monkeypatch.setattr(memory, "_AT_ONCE", at_once)
    assert json.loads(b"".join(memory._parts(held))) == json.loads(json.dumps(held))


def test_the_memory_is_private_and_outside_the_tree(project: Path) -> None:
    before = sorted(project.rglob("*"))
    again(project)
    (file,) = memory.folder().iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert sorted(project.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_no_failure(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert again(project)[0] == audit(project)


def test_choices_of_the_run_are_part_of_the_key(project: Path) -> None:
    again(project)
    assert replace(audit(project, remember=True, exclude=("web",)), skipped=()).files == 4


def test_a_file_that_the_file_system_says_is_the_same_is_not_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    later = time.time_ns() + 10**10
    monkeypatch.setattr(memory, "time_ns", lambda: later)
    again(project)
    real = memory._bytes
    monkeypatch.setattr(memory, "_bytes", lambda root, path: read.append(path) or real(root, path))
    again(project)
    assert read == []
    changed = project / "shop/views.py"
    before = changed.stat()
    changed.write_text(changed.read_text().replace("access_token", "refresh_token"[:12]))
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert again(project)[0] == audit(project)
    assert set(read) == {"shop/views.py"}


def test_a_file_that_changed_just_before_the_last_run_is_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more change in the same tick of the clock would leave the stamp as it is."""
    again(project)
    read: list[str] = []
    real = memory._bytes
    monkeypatch.setattr(memory, "_bytes", lambda root, path: read.append(path) or real(root, path))
    again(project)
    assert len(read) == len(FILES)
    later = time.time_ns() + 10**10
    monkeypatch.setattr(memory, "time_ns", lambda: later)
    again(project)
    read.clear()
    again(project)
    assert read == [], "once nothing had changed for a while that was noted"


def test_a_relative_cache_folder_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would lie in the tree, where the audit is run inside of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for told in ("", "cache", "./x", "../x"):
        monkeypatch.setenv("XDG_CACHE_HOME", told)
        assert memory.folder() == tmp_path / ".cache" / "django-bearer" / "audit"


def test_what_changes_during_an_audit_is_not_remembered(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a file that is harmless while the rules look at it is harmless for good."""
    fault = b"import jwt\n\ndef read(token):\n    return jwt.decode(token, options={'verify_signature': False})\n"
    (project / "read.py").write_bytes(fault)
    prepare = memory.Memory.prepare

    def swapped(held: memory.Memory) -> None:
        (project / "read.py").write_bytes(b"x = 1\n")
        prepare(held)

    with monkeypatch.context() as during:
        during.setattr(memory.Memory, "prepare", swapped)
        assert "BT403" not in {finding.rule for finding in audit(project, remember=True).findings}
    (project / "read.py").write_bytes(fault)
    assert "BT403" in {finding.rule for finding in audit(project, remember=True).findings}
