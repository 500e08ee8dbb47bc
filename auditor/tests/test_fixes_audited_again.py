"""Every change that a rule offers is made and audited again: the finding is gone, and nothing new came."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Change, Finding, Persona, Place
from django_bearer_audit.fixing import apply, fixes
from django_bearer_audit.fixing.edits import edited
from tests.cases import FOLDER, Case, cases

SOURCE = Path(__file__).parents[1] / "src/django_bearer_audit/rules"
CHANGING = sorted(
    file.name[:5].upper() for file in SOURCE.glob("bt*.py") if "changes=" in file.read_text(encoding="utf-8")
)
EVERY = [case for rule in CHANGING for kind in ("bad", "good") for case in cases(rule, kind)]


def found(root: Path) -> list[Finding]:
    return list(audit(root, persona=Persona.PEDANTIC).findings)


def told(findings: list[Finding]) -> set[tuple[str, str, str]]:
    """What is said, without the lines: these move."""
    return {(each.rule, each.where.path, each.hit.message) for each in findings}


def test_there_are_cases_of_every_rule_that_changes_something() -> None:
    assert {case.rule for case in EVERY if case.kind == "bad"} == set(CHANGING)
    assert FOLDER.is_dir()


@pytest.mark.parametrize("case", EVERY, ids=str)
def test_a_change_ends_its_finding_and_begins_none(case: Case, tmp_path: Path) -> None:
    root = case.build(tmp_path)
    before = found(root)
    wanted = [each for each in before if each.hit.changes]
    assert wanted or case.kind == "good"
    apply(root, fixes(root, wanted, unsafe=True))
    after = found(root)
    assert not [each for each in after if each.hit.changes]
    assert told(after) <= told(before) - told(wanted)
    assert fixes(root, after, unsafe=True) == []


@pytest.mark.parametrize(
    "end",
    [
        "from .local import *\n",
        "from shop.local import *  # what the place adds\n",
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        "if True:\n    from .local import *\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    from .local import *\n",
        "from .local import *\nDATABASES = {}\n",
    ],
)
def test_what_is_added_stands_before_what_the_place_says(end: str) -> None:
    own = "INSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\n"
    change = Change("append", Place("settings.py"), "SECURE_SSL_REDIRECT", "True")
    for base in ("", "from .base import *\n"):
        changed = edited(f"{base}{own}{end}".encode(), [change]).decode()
        assert changed.replace("SECURE_SSL_REDIRECT = True\n", "") == f"{base}{own}{end}"
        assert changed.index("ROOT_URLCONF") < changed.index("SECURE_SSL") < changed.index("local import *")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from .base import *\n", "from .local import *\n"),
        ("from .base import *\n", "try:\n    from .local import *\nexcept ImportError:\n    pass\n"),
        ("from .base import *\n", "from .place import *\n"),
        ("", "from .local import *\n"),
        ("", "from shop.settings_local import *\nDEBUG = False\n"),
        ("from .base import *\n", "from .local_settings import *\nDEBUG = False\n"),
        ("from .base import *\n", ""),
        ("from .base import *\nfrom .localization import LANGUAGES\nDEBUG = False\n", ""),
    ],
)
def test_what_the_place_says_stays_last_in_a_module_of_stars(before: str, after: str) -> None:
    change = Change("append", Place("settings.py"), "SECURE_SSL_REDIRECT", "True")
    changed = edited(f"{before}{after}".encode(), [change]).decode()
    assert changed == f"{before}SECURE_SSL_REDIRECT = True\n{after}"
