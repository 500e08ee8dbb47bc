"""What is suppressed, why, and what is said about suppressions that do nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Report
from django_bearer_audit.policy import Policy, baseline, changed, config
from django_bearer_audit.policy.assumptions import Assumption
from django_bearer_audit.policy.config import Config, Problem
from tests.hostile import FAULT, repository, write

APPS = "INSTALLED_APPS = []\n"
KEY = "SECRET_KEY = 'in the source'"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "settings.py").write_text(f"{APPS}{KEY}\n")
    return tmp_path


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    "source",
    [
        "SECRET_KEY = 'k'  # bearer: ignore[BT401] -- rotated at deploy",
        "# bearer: ignore[BT401] -- rotated at deploy\nSECRET_KEY = 'k'",
        "SECRET_KEY = (\n    'k'\n    # bearer: ignore[BT401, BT801] -- rotated at deploy\n)",
        'SECRET_KEY = """k\n"""  # bearer: ignore[BT401] -- rotated at deploy',
        "if True:\n    # bearer: ignore[BT401] -- rotated at deploy\n    SECRET_KEY = 'k'",
        "if (\n    True\n):\n    # bearer: ignore[BT401] -- rotated at deploy\n    SECRET_KEY = 'k'",
        "try:\n    # bearer: ignore[BT401] -- rotated at deploy\n    SECRET_KEY = 'k'\nfinally:\n    pass",
    ],
)
def test_a_suppression_works_on_any_line_of_its_statement(project: Path, source: str) -> None:
    (project / "settings.py").write_text(f"{APPS}{source}\n")
    report = audit(project)
    assert "BT401" not in rules(report)
    assert [(each.kind, each.reason) for each in report.aside] == [("inline", "rotated at deploy")]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# bearer: ignore[BT401]", "needs a reason"),
        ("# bearer: ignore[BT401] --  ", "needs a reason"),
        ("# bearer: ignore -- because", "names its rules"),
        ("# bearer: ignore[secret key] -- because", "names its rules"),
        ("# bearer: ignore[BT801] -- because", "unused suppression of BT801"),
        ("# bearer: ignore[BT499] -- because", "which is no rule"),
    ],
)
def test_a_suppression_that_does_nothing_is_reported(project: Path, comment: str, told: str) -> None:
    (project / "settings.py").write_text(f"{APPS}{KEY}  {comment}\n")
    report = audit(project)
    assert "BT401" in rules(report)
    assert any(told in note and note.startswith("settings.py:2") for note in report.notes)


def test_only_comments_suppress(project: Path) -> None:
    text = "SECRET_KEY = 'k'; X = '# bearer: ignore[BT401] -- in a string'\n"
    (project / "settings.py").write_text(APPS + text)
    assert "BT401" in rules(audit(project))


def test_scripts_are_suppressed_too(project: Path) -> None:
    (project / "a.js").write_text('localStorage.setItem("token", t);  // bearer: ignore[BT304] -- a demo\n')
    (project / "b.js").write_text('// bearer: ignore[BT304] -- a demo\nlocalStorage.setItem("token", t);\n')
    report = audit(project)
    assert "BT304" not in rules(report)
    assert sum(each.kind == "inline" for each in report.aside) == 2


def test_a_baseline_survives_moved_lines(project: Path) -> None:
    file = project / baseline.DEFAULT
    baseline.write(file, audit(project).findings, {})
    (project / "settings.py").write_text(f'"""Settings."""\n\n\n{APPS}X = 1\n{KEY}\n')
    accepted = baseline.load(file)
    assert isinstance(accepted, dict)
    report = audit(project, policy=Policy(baseline=accepted))
    assert "BT401" not in rules(report)
    assert {each.kind for each in report.aside} == {"baseline"}


def test_the_second_of_two_equal_lines_is_new(project: Path) -> None:
    line = 'localStorage.setItem("token", t);\n'
    (project / "a.js").write_text(f"function a() {{\n{line}}}\n")
    accepted = {finding.fingerprint for finding in audit(project).findings}
    (project / "a.js").write_text(f"function a() {{\n{line}}}\nfunction b() {{\n{line}}}\n")
    again = [finding for finding in audit(project).findings if finding.rule == "BT304"]
    assert len(again) == 2
    assert sum(finding.fingerprint in accepted for finding in again) == 1


def test_a_baseline_entry_ends(project: Path) -> None:
    file = project / baseline.DEFAULT
    baseline.write(file, audit(project).findings, {})
    data = json.loads(file.read_text())
    for entry in data["findings"]:
        entry |= {"owner": "ana", "expires": "2026-01-31", "reason": "moves to the vault"}
    file.write_text(json.dumps(data))
    accepted = baseline.load(file)
    assert isinstance(accepted, dict)
    before = audit(project, policy=Policy(baseline=accepted, today=date(2026, 1, 31)))
    after = audit(project, policy=Policy(baseline=accepted, today=date(2026, 2, 1)))
    assert not before.findings
    assert before.aside[0].reason == "moves to the vault; ana; until 2026-01-31"
    assert "BT401" in rules(after)
    assert any("ended on 2026-01-31" in note for note in after.notes)
    baseline.write(file, after.findings, accepted)
    assert json.loads(file.read_text())["findings"][0]["owner"] == "ana"


def test_a_fixed_baseline_entry_is_counted(project: Path) -> None:
    file = project / baseline.DEFAULT
    baseline.write(file, audit(project).findings, {})
    accepted = baseline.load(file)
    assert isinstance(accepted, dict)
    (project / "settings.py").write_text("X = 1\n")
    assert any("--write-baseline drops them" in n for n in audit(project, policy=Policy(baseline=accepted)).notes)


def test_what_is_assumed_is_counted(project: Path) -> None:
    assumed = (Assumption("tls-at-proxy", "nginx redirects and sets HSTS"),)
    report = audit(project, policy=Policy(assume=assumed))
    assert "BT202" not in rules(report)
    assert report.assumed == (("tls-at-proxy", "nginx redirects and sets HSTS"),)
    assert [each.kind for each in report.aside] == ["assumed"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('assume = ["tls-at-proxy"]', "needs a reason"),
        ('assume = [{ name = "all-is-well", reason = "x" }]', "not 'all-is-well'"),
        ("asume = []", "does not know asume"),
        ('persona = "grumpy"', "regular or pedantic"),
        ("exclude = 3", "list of paths"),
        ("= ", "cannot be read"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, table: str, told: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.django-bearer.audit]\n{table}\n")
    outcome = config.load(tmp_path)
    assert isinstance(outcome, Problem)
    assert told in outcome.told


def test_configuration(tmp_path: Path) -> None:
    assert config.load(tmp_path) == Config()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.django-bearer.audit]\nsettings = "shop.live"\nexclude = ["old/**", "a*.py"]\n'
        'assume = [{ name = "throttle-at-gateway", reason = "Kong counts" }]\n'
    )
    outcome = config.load(tmp_path)
    assert isinstance(outcome, Config)
    assert (outcome.settings, outcome.exclude, outcome.assume[0].reason) == (
        "shop.live",
        ("old/**", "a*.py"),
        "Kong counts",
    )


def test_excluded_files_are_reported_as_skipped(project: Path) -> None:
    (project / "old").mkdir()
    (project / "old" / "settings.py").write_text(f"{APPS}{KEY}\n")
    report = audit(project, exclude=("old/**",))
    assert [skip.reason for skip in report.skipped] == ["excluded by pyproject.toml"]
    assert {finding.where.path for finding in report.findings} == {"settings.py"}


def test_only_changed_lines_are_shown(project: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(project)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    (project / "settings.py").write_text(f"{APPS}{KEY}\nDEBUG = True\n")
    (project / "new.js").write_text('localStorage.setItem("token", t);\n')
    moved = changed.since(project, "HEAD")
    assert isinstance(moved, changed.Changed)
    report = audit(project, policy=Policy(changed=moved))
    assert rules(report) == {"BT201", "BT304"}
    assert {each.kind for each in report.aside} == {"unchanged"}
    assert isinstance(changed.since(project, "--output=x"), Problem)


VIEWS = """from rest_framework.views import APIView
from shop.models import Note
from shop.base import Base
class Notes(Base):
    def delete(self, request, pk):
        Note.objects.all().delete()
"""
SHOP: dict[str, str | bytes] = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/settings.py": "import os\nfrom shop.common import *\nSECRET_KEY = os.environ['KEY']\n",
    "shop/common.py": (
        "INSTALLED_APPS = ['rest_framework', 'shop']\nROOT_URLCONF = 'shop.urls'\n"
        "SECURE_SSL_REDIRECT = True\nMIDDLEWARE = ['django.middleware.security.SecurityMiddleware']\n"
        "REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}\n"
    ),
    "shop/models.py": "from django.db import models\nclass Note(models.Model):\n    text = models.TextField()\n",
    "shop/base.py": (
        "from rest_framework.permissions import IsAuthenticated\nfrom rest_framework.views import APIView\n"
        "class Base(APIView):\n    permission_classes = [IsAuthenticated]\n"
    ),
    "shop/views.py": VIEWS,
    "shop/urls.py": (
        "from django.urls import path\nfrom shop import views\n"
        "urlpatterns = [path('notes/<int:pk>/', views.Notes.as_view())]\n"
    ),
    "shop/old.py": FAULT,
    "web/app.js": "x = 1;\n",
}


OPENED = "from rest_framework.views import APIView\nclass Base(APIView):\n    permission_classes = []\n"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"web/app.js": "x = 2;\n"}, set()),
        (
            {"shop/base.py": OPENED},
            {"BT804"},
        ),
        ({"shop/common.py": str(SHOP["shop/common.py"]).replace("SECURE_SSL_REDIRECT = True\n", "")}, {"BT202"}),
        ({"shop/old.py": FAULT.replace("    return", "    x = 1\n    return")}, set()),
        ({"shop/old.py": FAULT + FAULT}, {"BT403"}),
        (
            {
                "pyproject.toml": "[tool.django-bearer.audit]\nsettings = 'shop.dev'\n",
                "shop/dev.py": "from .common import *\n",
            },
            set(),
        ),
    ],
)
@pytest.mark.parametrize("part", ["", "part"])
def test_what_a_change_does_elsewhere_is_new(
    tmp_path: Path, changes: dict[str, str | bytes], found: set[str], part: str
) -> None:
    """Else a change of a base class, or a deleted setting, opens a view whose lines stay as they were."""
    tree = tmp_path / "tree" / part
    write(tree, SHOP)
    repository(tmp_path / "tree", {})
    assert rules(audit(tree)) == {"BT403"}
    write(tree, changes)
    moved = changed.since(tree, "HEAD")
    assert isinstance(moved, changed.Changed)
    report = audit(tree, policy=Policy(changed=moved))
    assert found <= rules(report)
    assert ("BT403" in found) == ("BT403" in rules(report))
    assert {(each.kind, each.finding.rule) for each in report.aside} >= {("unchanged", "BT403")}


def test_a_finding_that_became_worse_is_new(tmp_path: Path) -> None:
    """A key that production may replace is of low severity; what replaces it lies in another file."""
    key = {"shop/common.py": f"{SHOP['shop/common.py']!s}SECRET_KEY = 'in the source'\n"}
    kept = "import os\nfrom shop.common import *\nif os.environ.get('KEY'):\n    SECRET_KEY = os.environ['KEY']\n"
    tree = repository(tmp_path, {**SHOP, **key, "shop/settings.py": kept})
    assert "BT401" not in rules(audit(tree))
    write(tree, {"shop/settings.py": "from shop.common import *\n"})
    moved = changed.since(tree, "HEAD")
    assert isinstance(moved, changed.Changed)
    assert "BT401" in rules(audit(tree, policy=Policy(changed=moved)))


def test_the_copy_of_a_revision_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    tree = repository(tmp_path / "tree", {"a.py": FAULT, "secret.bin": b"x", "node_modules/a.js": "x"})
    moved = changed.since(tree, "HEAD")
    assert isinstance(moved, changed.Changed)
    assert dict(moved.before()).keys() == {"a.py", "node_modules/a.js"}
    assert [each.kind for each in audit(tree, policy=Policy(changed=moved)).aside] == ["unchanged"]
    assert list((tmp_path / "temporary").iterdir()) == []
    monkeypatch.chdir(tmp_path / "temporary")
    with pytest.raises(FileNotFoundError, match="TMPDIR"):
        audit(tree, policy=Policy(changed=moved))


def test_a_diff_runs_nothing_of_the_repository(project: Path) -> None:
    trap = f"touch {project / 'ran'}"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(project)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    (project / ".gitattributes").write_text("* filter=trap diff=trap\n")
    for name in ("filter.trap.clean", "diff.trap.command", "diff.trap.textconv", "core.fsmonitor"):
        subprocess.run([*git, "config", name, trap], check=True)
    (project / "settings.py").write_text(f"{APPS}{KEY}\nX = 1\n")
    moved = changed.since(project, "HEAD")
    assert isinstance(moved, changed.Changed)
    audit(project, policy=Policy(changed=moved))
    assert not (project / "ran").exists()


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (b"a\nb\nc\n", b"a\nb\nc\n", []),
        (b"a\nb\nc\n", b"a\nx\nc\n", [(2, 2)]),
        (b"a\nb\nc\n", b"a\nb\nx\ny\nc\n", [(3, 4)]),
        (b"a\nb\nc\n", b"a\nc\n", [(2, 2)]),
        (b"", b"a", [(1, 1)]),
        (b"a\n" * 9, b"a\n" * 10, [(10, 10)]),
        (b"a\nb\n", b"x\r\nb\n", [(1, 1)]),
    ],
)
def test_changed_lines(before: bytes, now: bytes, found: list[tuple[int, int]]) -> None:
    assert changed.ranges(before, now) == found


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_that_readers_count_in_different_ways_have_all_changed(end: str) -> None:
    """Else a line end that one reader counts and another does not moves a finding out of the changed lines."""
    now = f"a{end}b\nc\nd\ntoken = 1\n".encode()
    [(first, last)] = changed.ranges(b"a\nb\nc\nd\n", now)
    assert first == 1
    assert last >= 5


def test_a_comparison_of_many_equal_lines_ends() -> None:
    before, now = b"x\ny\n" * 100_000, b"y\nx\n" * 100_000
    [(first, last)] = changed.ranges(before, now)
    assert first == 1
    assert last >= 200_000


def test_a_baseline_that_the_tree_names(tmp_path: Path) -> None:
    for named in ("../a.json", "/tmp/a.json", ".git/a.json", "a.sh", "", "a\\\\b.json"):
        (tmp_path / "pyproject.toml").write_text(f'[tool.django-bearer.audit]\nbaseline = "{named}"\n')
        assert isinstance(config.load(tmp_path), Problem), named
    (tmp_path / "pyproject.toml").write_text('[tool.django-bearer.audit]\nbaseline = "state/a.json"\n')
    assert config.load(tmp_path) == Config(baseline="state/a.json")
