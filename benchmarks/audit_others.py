"""What bandit, ruff and semgrep say of the same corpus, in the form that the labels are scored by.

They live in an environment of their own, since none of them is a dependency of anything here:

    python -m venv TOOLS && TOOLS/bin/pip install bandit ruff semgrep

semgrep's rules are its public rule repository, unpacked into a folder; of them those that concern logins, tokens,
keys, cookies and transport are run.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]

SEMGREP_FOLDERS = ("python/jwt", "python/django/security", "javascript/jsonwebtoken", "javascript/jose")
SEMGREP_FOLDERS += ("javascript/passport-jwt", "javascript/browser/security", "typescript/react/security")
SEMGREP_FOLDERS += ("python/lang/security", "python/cryptography/security")

# ruff ports bandit's checks under the same numbers and says no CWE of its own.
_RUFF_CWE = {"S105": 259, "S106": 259, "S107": 259, "S311": 330, "S303": 327, "S324": 327, "S501": 295}


def available(tools: Path) -> dict[str, Path]:
    """The tools that the folder holds, by name."""
    return {name: tools / "bin" / name for name in ("bandit", "ruff", "semgrep") if (tools / "bin" / name).exists()}


def findings(name: str, program: Path, corpus: Path, rules: Path | None) -> Iterator[Line]:
    """Every finding of one tool: path relative to the corpus, lines and CWE."""
    reads: dict[str, Callable[[], Iterator[Line]]] = {
        "bandit": lambda: of_bandit(_answer([program, "-q", "-r", ".", "-f", "json"], corpus)),
        "ruff": lambda: of_ruff(_answer([program, "check", ".", *_RUFF], corpus), corpus),
        "semgrep": lambda: of_semgrep(_answer([program, "scan", *_SEMGREP, *chosen(rules), "."], corpus)),
    }
    return reads[name]()


_RUFF = ("--select", "S", "--isolated", "--no-cache", "--exit-zero", "--output-format", "json")
_SEMGREP = ("--metrics=off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet")


def of_bandit(told: str) -> Iterator[Line]:
    for each in json.loads(told)["results"]:
        end = max(each.get("line_range") or [each["line_number"]])
        yield _line(each["filename"], each["line_number"], end, (each.get("issue_cwe") or {}).get("id"))


def of_ruff(told: str, corpus: Path) -> Iterator[Line]:
    for each in json.loads(told):
        path = Path(each["filename"]).resolve().relative_to(corpus.resolve())
        number = _RUFF_CWE.get(each["code"])
        yield _line(str(path), each["location"]["row"], each["end_location"]["row"], number)


def of_semgrep(told: str) -> Iterator[Line]:
    for each in json.loads(told)["results"]:
        named = each["extra"]["metadata"].get("cwe") or [""]
        found = re.search(r"CWE-(\d+)", named if isinstance(named, str) else named[0])
        yield _line(each["path"], each["start"]["line"], each["end"]["line"], int(found[1]) if found else None)


def chosen(rules: Path | None) -> Iterator[str]:
    """The arguments that name semgrep's rules on authentication, of a folder that holds all of its rules."""
    for folder in SEMGREP_FOLDERS if rules else ():
        if rules and (rules / folder).is_dir():
            yield from ("--config", str((rules / folder).resolve()))


def _answer(command: list[Any], corpus: Path) -> str:
    """What a tool prints; into a file, since it may be many megabytes. A tool that says nothing has failed."""
    with tempfile.TemporaryFile() as file:
        done = subprocess.run([str(part) for part in command], cwd=corpus, stdout=file, check=False)
        file.seek(0)
        told = file.read().decode()
    if not told:
        sys.exit(f"{command[0]} printed nothing and ended with {done.returncode}")
    return told


def _line(path: str, start: int, end: int, cwe: int | None) -> Line:
    return {"path": path.removeprefix("./"), "line_start": start, "line_end": end, "cwe": f"CWE-{cwe or 0}"}
