"""Start an audit rule: `python tools/new_rule.py BT799 "A made-up example"` writes rule and cases."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

RULE = '''"""{title}.

Why it matters, in the words of a developer who meets it for the first time.

Fix: what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project

ID = "{id}"
TITLE = "{title}"
CWE = "CWE-0"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("A_SETTING")
        yield Hit(where=value.where, message="", attack="", fix="")
'''
BAD = "# file: shop/settings.py\nINSTALLED_APPS = []\nA_SETTING = 1  # <- {id}\n"
GOOD = "# file: shop/settings.py\nINSTALLED_APPS = []\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not re.fullmatch(r"BT[1-8]\d\d", arguments[0]):
        print(__doc__)
        return 2
    rule, title = arguments
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    cases = ROOT / "auditor" / "tests" / "rules" / rule
    files = {
        ROOT / "auditor" / "src" / "django_bearer_audit" / "rules" / f"{rule.lower()}_{name}.py": RULE,
        cases / "bad" / "plain.py": BAD,
        cases / "good" / "plain.py": GOOD,
    }
    if cases.exists():
        print(f"{rule} exists")
        return 1
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{id}", rule).replace("{title}", title))
        print("wrote", path.relative_to(ROOT))
    print("next: write the check and the cases, then python tools/rule_pages.py")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
