"""Write docs/audit/rules/: a page for each audit rule, from the rule file and its first cases."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "auditor"))

from tests.cases import Case, cases  # noqa: E402

from django_bearer_audit.registry import Rule, all_rules  # noqa: E402

PAGES = ROOT / "docs" / "audit" / "rules"


def page(rule: Rule) -> str:
    first, _, rest = rule.doc.partition("\n\n")
    facts = (
        f"| row | CWE | severity | confidence | persona |\n|---|---|---|---|---|\n"
        f"| {rule.row} | [{rule.cwe}](https://cwe.mitre.org/data/definitions/{rule.cwe[4:]}.html) "
        f"| {rule.severity.name.lower()} | {rule.confidence.name.lower()} | {rule.persona.value} |"
    )
    parts = [f"# {rule.id}: {rule.title}", first, facts, rest]
    for kind in ("bad", "good"):
        parts += [
            f"## {kind.capitalize()}",
            *(shown for case in cases(rule.id, kind)[:1] for shown in code(case)),
        ]
    return "\n\n".join(parts) + "\n"


def code(case: Case) -> list[str]:
    if case.source.is_dir():
        return [f"See `{case.source.relative_to(ROOT)}`."]
    return [f"```{case.source.suffix[1:]}\n{case.source.read_text().rstrip()}\n```"]


ABOUT = """This page lists what the auditor looks for. The page of a rule says what is wrong, what an attacker does with it, and how to fix it.
[Use the auditor](../usage.md) shows how to run it."""


def pages() -> dict[str, str]:
    rules = all_rules()
    found = {f"{rule.id}.md": page(rule) for rule in rules}
    rows = "\n".join(f"| [{r.id}]({r.id}.md) | {r.title} | {r.cwe} | {r.severity.name.lower()} |" for r in rules)
    found["README.md"] = f"# Audit rules\n\n{ABOUT}\n\n| rule | title | CWE | severity |\n|---|---|---|---|\n{rows}\n"
    return found


def main() -> int:
    """`--check` changes nothing and fails when a page is not what the rule says."""
    stale = [name for name, text in pages().items() if not _is(PAGES / name, text)]
    if "--check" in sys.argv:
        print("\n".join(f"out of date: {name}" for name in stale))
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (PAGES / name).write_text(pages()[name])
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


if __name__ == "__main__":
    raise SystemExit(main())
