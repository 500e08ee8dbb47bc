"""How long an audit takes, beside bandit and semgrep, in one interleaved run.

    python -m benchmarks.audit_speed TREE [--bandit BIN] [--semgrep BIN --rules FOLDER] [--rounds N] [--files N]

Every round runs each tool once, so that a busy machine slows all of them; what counts is the processor's time, which
other processes change less than the clock's. Ours runs cold (an empty cache folder), then again after one changed
file, for several files drawn by a fixed seed. An installed package has its bytecode beside it: ours is written by a
run that does not count. bandit gets the Python
files of the tree that ours reads too; semgrep gets the whole tree and, of the rules in FOLDER, those on
authentication that `audit_others.py` names. With --files the tree is copied side by side until it has that many
files, and the peak of memory is measured. TREE is copied first; nothing is written into it.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from audit_others import chosen

from django_bearer_audit.project.files import discover

OURS = [sys.executable, "-c", "from django_bearer_audit.cli import main; main()"]


def timed(command: list[str], **environment: str) -> float:
    """Seconds of the processor, in the program and for it."""
    before = os.times()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def ours(tree: Path, cache: Path) -> float:
    kept = str(tree.parent / "bytecode")
    command = [*OURS, str(tree), "--format", "json", "--fail-on", "never"]
    return timed(command, XDG_CACHE_HOME=str(cache), PYTHONPYCACHEPREFIX=kept)


def cold(tree: Path) -> float:
    with tempfile.TemporaryDirectory() as cache:
        return ours(tree, Path(cache))


def warm(tree: Path, tries: int) -> list[float]:
    """After one changed file, for files drawn at random from all that are read."""
    picked = random.Random(7).sample(sorted(discover(tree).paths), tries)
    with tempfile.TemporaryDirectory() as cache:
        ours(tree, Path(cache))
        seconds = []
        for path in picked:
            file = tree / path
            before = file.read_bytes()
            end = b"<!-- -->\n" if path.endswith((".html", ".htm", ".vue", ".svelte")) else b"\n"
            file.write_bytes(before + end)
            seconds.append(ours(tree, Path(cache)))
            file.write_bytes(before)
            ours(tree, Path(cache))
        return seconds


def copied(tree: Path, target: Path, files: int) -> Path:
    """The tree, or as many copies of it side by side as it takes."""
    held = len(discover(tree).paths)
    for number in range(max(1, -(-files // max(1, held)))):
        shutil.copytree(tree, target / f"copy{number}", symlinks=True)
    return target if files else target / "copy0"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--bandit", default=shutil.which("bandit"))
    parser.add_argument("--semgrep", default=shutil.which("semgrep"))
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes", type=int, default=9)
    parser.add_argument("--files", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(asked.tree, Path(folder), asked.files)
        paths = discover(tree).paths
        python = [path for path in paths if path.endswith(".py")]
        print(f"{len(paths)} files read, {len(python)} of them Python")
        runs: dict[str, list[float]] = {"ours, cold": []}
        cold(tree)
        for _ in range(asked.rounds):
            runs["ours, cold"].append(cold(tree))
            if asked.bandit:
                targets = Path(folder) / "targets"
                targets.write_text("\n".join(python))
                command = f"cd {tree} && xargs -a {targets} -d '\\n' {asked.bandit} -q -f json"
                runs.setdefault("bandit, the same Python files", []).append(timed(["sh", "-c", command]))
            if asked.semgrep and asked.rules:
                command = [asked.semgrep, "scan", "--metrics=off", "--disable-version-check"]
                scan = [*command, *chosen(asked.rules), "--no-git-ignore", "--json", str(tree)]
                runs.setdefault("semgrep, the whole tree", []).append(timed(scan))
        runs["ours, one changed file"] = warm(tree, min(asked.changes, len(paths)))
        for name, seconds in runs.items():
            low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
            print(f"{name:32} median {middle:6.2f} s of processor time   {low:.2f} to {high:.2f}")
        first = statistics.median(runs["ours, cold"])
        print(f"one changed file / cold: {statistics.median(runs['ours, one changed file']) / first:.0%}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"largest child process: {peak:.0f} MB (all tools)" if asked.bandit else f"peak: {peak:.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
