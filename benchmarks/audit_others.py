"""What bandit, ruff and semgrep say of the same corpus, in the form that the labels are scored by.

They live in an environment of their own, since none of them is a dependency of anything here:

    python -m venv TOOLS && TOOLS/bin/pip install bandit ruff semgrep

semgrep's rules are its public rule repository, unpacked into a folder; of them those that concern logins, tokens,
keys, cookies and transport are run. Each tool runs once for each repository, so that a large one can be given up
after a limit and the others still count.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]

SEMGREP_FOLDERS = ("python/jwt", "python/django/security", "javascript/jsonwebtoken", "javascript/jose")
SEMGREP_FOLDERS += ("javascript/passport-jwt", "javascript/browser/security", "typescript/react/security")
SEMGREP_FOLDERS += ("python/lang/security", "python/cryptography/security")

# Below what our own report calls medium, in the words of bandit and semgrep.
_LIGHT = frozenset({"LOW", "INFO", "INVENTORY", "EXPERIMENT"})

# ruff ports bandit's checks under the same numbers and says neither CWE nor severity: all count as medium.
_RUFF_CWE = {"S105": 259, "S106": 259, "S107": 259, "S311": 330, "S303": 327, "S324": 327, "S501": 295}


def available(tools: Path) -> dict[str, Path]:
    """The tools that the folder holds, by name."""
    return {name: tools / "bin" / name for name in ("bandit", "ruff", "semgrep") if (tools / "bin" / name).exists()}


def findings(
    name: str, program: Path, corpus: Path, rules: Path | None, repos: Iterable[str], limit: float
) -> list[Line]:
    """Every finding of one tool: path relative to the corpus, lines, CWE, and whether it is medium or worse.

    A repository that takes longer than `limit` seconds is given up, which the tool's score then shows.
    """
    found: list[Line] = []
    for repo in repos:
        start = time.perf_counter()
        told = _answer(_command(name, program, rules), corpus / repo, limit)
        lines = [] if told is None else list(_reader(name)(told, corpus / repo))
        found += [{**line, "path": f"{repo}/{line['path']}"} for line in lines]
        outcome = "given up" if told is None else f"{len(lines):4} findings"
        print(f"{time.perf_counter() - start:6.1f} s {outcome} {name:8} {repo}", flush=True)
    return found


def _command(name: str, program: Path, rules: Path | None) -> list[Any]:
    arguments: dict[str, Iterable[str]] = {
        "bandit": ("-q", "-r", ".", "-f", "json"),
        "ruff": ("check", ".", *_RUFF),
        "semgrep": ("scan", *_SEMGREP, *chosen(rules), "."),
    }
    return [program.absolute(), *arguments[name]]


def _reader(name: str) -> Callable[[str, Path], Iterator[Line]]:
    readers: dict[str, Callable[[str, Path], Iterator[Line]]] = {
        "bandit": lambda told, _: of_bandit(told),
        "ruff": of_ruff,
        "semgrep": lambda told, _: of_semgrep(told),
    }
    return readers[name]


_RUFF = ("--select", "S", "--isolated", "--no-cache", "--exit-zero", "--output-format", "json")
_SEMGREP = ("--metrics=off", "--disable-version-check", "--no-git-ignore", "--json", "--quiet")


def of_bandit(told: str) -> Iterator[Line]:
    for each in json.loads(told)["results"]:
        end = max(each.get("line_range") or [each["line_number"]])
        number = (each.get("issue_cwe") or {}).get("id")
        yield _line(each["filename"], each["line_number"], end, number, each["issue_severity"])


def of_ruff(told: str, root: Path) -> Iterator[Line]:
    for each in json.loads(told):
        path = Path(each["filename"]).resolve().relative_to(root.resolve())
        number = _RUFF_CWE.get(each["code"])
        yield _line(str(path), each["location"]["row"], each["end_location"]["row"], number, "")


def of_semgrep(told: str) -> Iterator[Line]:
    for each in json.loads(told)["results"]:
        named = each["extra"]["metadata"].get("cwe") or [""]
        found = re.search(r"CWE-(\d+)", named if isinstance(named, str) else named[0])
        number = int(found[1]) if found else None
        yield _line(each["path"], each["start"]["line"], each["end"]["line"], number, each["extra"]["severity"])


def chosen(rules: Path | None) -> Iterator[str]:
    """The arguments that name semgrep's rules on authentication, of a folder that holds all of its rules."""
    for folder in SEMGREP_FOLDERS if rules else ():
        if rules and (rules / folder).is_dir():
            yield from ("--config", str((rules / folder).resolve()))


def _answer(command: list[Any], folder: Path, limit: float) -> str | None:
    """What a tool prints of a folder, or None after the limit. A tool that says nothing has failed.

    It prints into a file, since it may be many megabytes.
    """
    parts = [str(part) for part in command]
    with (
        tempfile.TemporaryFile() as file,
        subprocess.Popen(parts, cwd=folder, stdout=file, start_new_session=True) as process,
    ):
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # semgrep works in processes of its own
            return None
        file.seek(0)
        told = file.read().decode()
    if not told:
        sys.exit(f"{command[0]} printed nothing and ended with {process.returncode}")
    return told


def _line(path: str, start: int, end: int, cwe: int | None, severity: str) -> Line:
    place = {"path": path.removeprefix("./"), "line_start": start, "line_end": end}
    return {**place, "cwe": f"CWE-{cwe or 0}", "medium": severity not in _LIGHT}
