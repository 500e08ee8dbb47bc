"""Measure the auditor on projects that it has never seen; `audit_blind.md` has the rule and the figures.

    python -m benchmarks.audit_blind take MIRROR CORPUS KNOWN OWNER/NAME…   which of them qualify; those are unpacked
    python -m benchmarks.audit_blind freeze LABELS                          the hash to write down before the run
    python -m benchmarks.audit_blind run LABELS CORPUS SHEET HASH           audit and score; SHEET is what to open
    python -m benchmarks.audit_blind precision SHEET                        the share of what was opened that is right

LABELS has the form of the known corpus (`audit.py`), with its `score.py` beside it. SHEET has one line for each
finding of medium or more, beginning with `?`: whoever opens it writes `+` for a weakness and `-` for a false finding
there. Labels and sheets name weaknesses of other people's projects: they are not kept here.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from audit import clean_of, run, score
from audit_corpus import Label, folder_of, read_labels, unpack

_OWN_CODE = re.compile(
    r"check_password|authenticate\(|set_password|create_user\(|jwt\.encode|make_token|\botp\b", re.I
)
_ASIDE = re.compile(r"(^|/)(tests?|migrations|node_modules|site-packages)(/|$)|(^|/)test_\w+\.py$")
_FEWEST, _MOST = 8, 3000
_PARTS = frozenset({"id", "repo", "path", "line_start", "line_end", "cwe", "verdict", "severity", "scope", "note"})


def unfit(tree: Path) -> str:
    """Why a repository is no project to measure with; empty when it is one."""
    files = [path for path in tree.rglob("*.py") if not _ASIDE.search(path.relative_to(tree).as_posix())]
    if not _FEWEST <= len(files) <= _MOST:
        return f"{len(files)} Python files"
    if not any(path.name == "manage.py" for path in files):
        return "no manage.py"
    texts = [path.read_text(errors="replace") for path in files]
    if not any("ROOT_URLCONF" in text for text in texts):
        return "no settings"
    return "" if any(_OWN_CODE.search(text) for text in texts) else "no code of its own that takes a secret"


def take(mirror: str, corpus: str, known: str, *repos: str) -> int:
    """Unpack those that qualify; they are named with their number of Python files."""
    seen = {label["repo"] for label in read_labels(Path(known))}
    for repo in repos:
        if repo in seen:
            print(f"{repo}: in the known corpus")
            continue
        missing = unpack([{"repo": repo, "commit": "HEAD"}], Path(mirror), Path(corpus))
        tree = Path(corpus) / folder_of(repo)
        print(f"{repo}: {'not in the mirror' if missing else unfit(tree) or 'taken'}")
    return 0


def digest(labels: str) -> str:
    return hashlib.sha256(Path(labels).read_bytes()).hexdigest()


def freeze(labels: str) -> int:
    """What a label must have, and the hash of all of them."""
    every: list[Label] = read_labels(Path(labels))
    for label in every:
        assert {"id", "repo", "path", "line_start", "line_end", "cwe", "verdict", "scope", "note"} <= set(label), (
            label
        )
    print(digest(labels), dict(Counter(label["verdict"] for label in every)))
    return 0


def measure(labels: str, corpus: str, sheet: str, frozen: str) -> int:
    """The first run over frozen labels."""
    if digest(labels) != frozen:
        print("these are not the labels that were frozen")
        return 1
    every = read_labels(Path(labels))
    lines = run(every, Path(corpus))
    answer, missed = score(Path(labels), lines)
    print(answer)
    for label in every:
        if label["id"] in missed:
            what = "missed" if label["verdict"] == "vulnerable" else "flagged"
            print(
                what,
                label["id"],
                label["cwe"],
                label["repo"],
                f"{label['path']}:{label['line_start']}",
                label["note"],
            )
    clean = {folder_of(repo) for repo in clean_of(every)}
    told = sum(line["medium"] and line["path"].split("/")[0] in clean for line in lines)
    print(f"medium or more for each of {len(clean)} clean projects: {told / max(1, len(clean)):.1f}")
    heavy = [line for line in lines if line["medium"]]
    Path(sheet).write_text(
        "".join(f"? {line['rule']} {line['path']}:{line['line_start']}-{line['line_end']}\n" for line in heavy)
    )
    return 0


def precision(sheet: str) -> int:
    marks = Counter(line[:1] for line in Path(sheet).read_text().splitlines() if line)
    opened = marks["+"] + marks["-"]
    print(json.dumps({"right": marks["+"], "opened": opened, "not opened": marks["?"]}))
    print(f"precision {marks['+'] / max(1, opened):.3f}")
    return 0


_COMMANDS: dict[str, Callable[..., int]] = {
    "take": take,
    "freeze": freeze,
    "run": measure,
    "precision": precision,
}


if __name__ == "__main__":
    raise SystemExit(_COMMANDS[sys.argv[1]](*sys.argv[2:]))
