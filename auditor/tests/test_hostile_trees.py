"""No tree makes the auditor run, write or print what its author wants: many of them, looked at from outside."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_trees import FORGED, Grower

ROOT = Path(__file__).parents[1]
FEW, MANY = 30, 10 * int(os.environ.get("TRIALS", "200"))
BATCH = 30
GITHUB = r"::(notice|warning|error) (file=[^,]*,line=\d+,endLine=\d+,title=BT\d+|title=django-bearer::)"
_CONTROLS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


def listing(folder: Path) -> dict[str, str]:
    """Everything below a folder: kind, mode, and content of what is a file."""
    found = {}
    for above, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(above, name)
            stat = os.lstat(path)
            content = ""
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path) and stat.st_size < 2_000_000:
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            found[os.path.relpath(path, folder)] = f"{stat.st_mode:o} {content}"
    return found


def run(asked: list[tuple[str, list[str]]], home: Path) -> list[dict[str, Any]]:
    env = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.hostile_run"]
    done = subprocess.run(
        command, input=json.dumps(asked), env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


def may_change(arguments: list[str], path: str) -> bool:
    """Whether a run with these arguments may have made or changed a file, by its path below the ground."""
    named = [arguments[at + 1] for at, each in enumerate(arguments) if each in {"--output", "--baseline"}]
    named = [name if name.startswith("/") else f"tree/{name}" for name in named]
    if any(name == path or name.endswith(f"/{path}") for name in named):
        return True
    if not path.startswith("tree/"):
        return False
    if "--write-baseline" in arguments:
        return path.endswith(".json") and ".git/" not in path
    return "--fix" in arguments and "--diff-only" not in arguments and path.endswith(".py")


def check_output(arguments: list[str], out: str) -> None:
    form = next(each.partition("=")[2] for each in arguments if each.startswith("--format"))
    assert not _CONTROLS.search(out), sorted(set(_CONTROLS.findall(out)))
    lines = out.splitlines()
    assert not [line for line in lines if line.lstrip().startswith(FORGED)]
    commands = [line for line in lines if line.lstrip().startswith("::") or re.search(r"##\w*\[", line)]
    if form == "github":
        assert all(re.match(GITHUB, line) for line in commands)
    else:
        assert not commands
    whole = out and not {"--routes", "--diff-only"} & set(arguments)
    if (form in {"json", "sarif"} and whole) or (form == "json" and "--routes" in arguments and out):
        assert out.isascii()
        json.loads(out)
    if form == "junit" and whole:
        ET.fromstring(out)


def check(arguments: list[str], came: dict[str, Any], before: dict[str, str], after: dict[str, str]) -> None:
    assert came["code"] in (0, 1, 2)
    assert "Traceback" not in came["told"]
    assert came["did"] == [], "a process, or a connection"
    for broken in ("audit broke", "too long", "more memory"):
        assert broken not in came["told"]
    assert " failed: " not in came["out"]
    if came["code"] == 2:
        why = [line for line in came["told"].splitlines() if not re.match(r"fixed \d+ files;", line)]
        assert (came["out"], len(why)) == ("", 1)
    assert not _CONTROLS.search(came["told"])
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not {path for path in changed if not may_change(arguments, path)}
    assert not [path for path in changed if ".bearer-" in path and "baseline" not in path], "left behind"
    if "\nincomplete: " in came["out"] and "--routes" not in arguments:
        assert came["code"] != 0
    if came["code"] != 2:
        check_output(arguments, came["out"])


def audit_many(seeds: range, ground: Path) -> None:
    for first in range(seeds.start, seeds.stop, BATCH):
        asked, before = [], []
        for seed in range(first, min(first + BATCH, seeds.stop)):
            folder = ground / str(seed)
            arguments = Grower(seed, folder).grow()
            asked.append((str(folder / "tree"), arguments))
            before.append(listing(folder))
        (ground / "home").mkdir(exist_ok=True)
        for seed, (folder, arguments), was, came in zip(
            range(first, seeds.stop), asked, before, run(asked, ground / "home"), strict=False
        ):
            try:
                check(arguments, came, was, listing(Path(folder).parent))
            except Exception as error:
                told = {**came, "out": came["out"][-1500:], "told": came["told"][-1500:]}
                raise AssertionError(f"tree {seed}, {arguments}: {error}\n{told}") from error
            shutil.rmtree(Path(folder).parent)
        assert [path.name for path in (ground / "home").iterdir()] in ([], ["django-bearer"]), "only the cache"


def test_some_trees(tmp_path: Path) -> None:
    audit_many(range(FEW), tmp_path)


@pytest.mark.hard
@pytest.mark.parametrize("part", range(10))
def test_many_trees(tmp_path: Path, part: int) -> None:
    size = max(1, MANY // 10)
    audit_many(range(1000 + part * size, 1000 + (part + 1) * size), tmp_path)
