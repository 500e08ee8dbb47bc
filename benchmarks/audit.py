"""Audit the labelled corpus and compare with the last run.

    python -m benchmarks.audit LABELS CORPUS [MIRROR] [--accept] [--tools TOOLS [--semgrep-rules RULES]]

CORPUS holds a folder `<owner>+<repo>` for each repository; with MIRROR (bare repositories) missing ones are
unpacked first. `score.py` beside LABELS does the scoring. `benchmarks/audit.json` keeps label id → hit or
miss; a label that was found before and is missed now fails the run, `--accept` writes the new state. With TOOLS
(see `audit_others.py`) bandit, ruff and semgrep are scored beside it, by the same labels; a repository that takes
one of them longer than --limit seconds is given up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import audit_others
from audit_corpus import Label, folder_of, read_labels, unpack
from audit_others import Line

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Severity

Lines = list[Line]

STATE = Path(__file__).with_name("audit.json")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--semgrep-rules", type=Path)
    parser.add_argument("--limit", type=float, default=240)
    asked = parser.parse_args(arguments)
    labels_file, corpus, *mirror = asked.places
    labels = read_labels(labels_file)
    if mirror:
        unpack(labels, mirror[0], corpus)
    findings = run(labels, corpus)
    answer, missed = score(labels_file, findings)
    print(answer)
    state = {each["id"]: "miss" if each["id"] in missed else "hit" for each in labels}
    for verdict, key in (("vulnerable", "cwe"), ("vulnerable", "pattern")):
        table([each for each in labels if each["verdict"] == verdict], state, key)
    if asked.tools:
        every = {"ours": findings} | others(labels, corpus, asked.tools, asked.semgrep_rules, asked.limit)
        beside(labels_file, labels, every)
    return compare(state, asked.accept)


def others(labels: list[Label], corpus: Path, tools: Path, rules: Path | None, limit: float) -> dict[str, Lines]:
    """What the other tools find, by name, and all of them together."""
    repos = sorted({folder_of(label["repo"]) for label in labels})
    every = {
        name: audit_others.findings(name, program, corpus, rules, repos, limit)
        for name, program in audit_others.available(tools).items()
        if name != "semgrep" or rules
    }
    return {**every, "the others together": [line for lines in every.values() for line in lines]}


def beside(labels_file: Path, labels: list[Label], every: dict[str, Lines]) -> None:
    """Recall and precision of each, by the same labels, and what a clean project is told for nothing."""
    clean = {folder_of(repo) for repo in clean_of(labels)}
    columns = ("recall", "recall_core", "recall_high", "hard_negatives_flagged", "precision_vulnerable")
    print(f"\n{'':20}", *(f"{column:>22}" for column in (*columns, "medium+ a clean tree")))
    for name, lines in every.items():
        told = json.loads(score(labels_file, lines)[0].partition("\nFALSE POSITIVE")[0])
        heavy = sum(line["medium"] and line["path"].split("/")[0] in clean for line in lines)
        print(f"{name:20}", *(f"{told[column]:22}" for column in columns), f"{heavy / max(1, len(clean)):22.1f}")


def clean_of(labels: list[Label]) -> set[str]:
    """The repositories that no label calls vulnerable."""
    return {each["repo"] for each in labels} - {each["repo"] for each in labels if each["verdict"] == "vulnerable"}


def run(labels: list[Label], corpus: Path) -> Lines:
    clean = clean_of(labels)
    findings = []
    for repo in sorted({label["repo"] for label in labels}):
        start = time.perf_counter()
        report = audit(corpus / folder_of(repo))
        seconds = time.perf_counter() - start
        heavy = sum(finding.severity >= Severity.MEDIUM for finding in report.findings)
        failed = [skip.reason for skip in report.skipped if " failed: " in skip.reason]
        kind = "clean" if repo in clean else "vulnerable"
        print(
            f"{seconds:6.2f} s {len(report.findings):4} findings {heavy:3} medium+ {kind:10} {repo}",
            *failed,
        )
        for finding in report.findings:
            place = finding.where
            line: Line = {"path": f"{folder_of(repo)}/{place.path}", "cwe": finding.cwe, "rule": finding.rule}
            line |= {"line_start": place.line_start, "line_end": place.line_end}
            findings.append(line | {"medium": finding.severity >= Severity.MEDIUM})
            if kind == "clean":
                print(f"           {finding.rule} {finding.severity.name.lower()} {place}")
    return findings


def score(labels_file: Path, findings: Lines) -> tuple[str, set[str]]:
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(findings, file)
    script = labels_file.with_name("score.py")
    output = subprocess.run(
        [sys.executable, str(script), str(labels_file), file.name], capture_output=True, text=True, check=True
    ).stdout
    missed = {line.split()[1] for line in output.splitlines() if line.startswith(("MISS ", "FALSE POSITIVE "))}
    false = {line.split()[2] for line in output.splitlines() if line.startswith("FALSE POSITIVE ")}
    kept = [line for line in output.splitlines() if not line.startswith("MISS ")]
    return "\n".join(kept), (missed - {"POSITIVE"}) | false


def table(labels: list[Label], state: dict[str, str], key: str) -> None:
    totals: Counter[str] = Counter(label[key] for label in labels)
    found: dict[str, int] = defaultdict(int)
    for label in labels:
        found[label[key]] += state[label["id"]] == "hit"
    print(f"\n{key:10} found of")
    for name, total in sorted(totals.items()):
        print(f"{name:10} {found[name]:5} {total:2}")


def compare(state: dict[str, str], accept: bool) -> int:
    before: dict[str, str] = json.loads(STATE.read_text()) if STATE.exists() else {}
    lost = [label for label, verdict in before.items() if verdict == "hit" and state.get(label) == "miss"]
    if lost and not accept:
        print("\nlost since the last run:", ", ".join(lost))
        return 1
    STATE.write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
