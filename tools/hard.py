"""Run the long tests in parts, go on where a run was cut off, and say what each part took.

    python tools/hard.py [--part races|faults|properties|feed|mutants] [--trials 200] [--workers 2]

What has passed is kept under build/hard, in a folder named after the state of the code and the number of trials: as
long as neither changes, a second run asks only for what has not passed yet.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.record import Record

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "hard"
CODE = (
    "library",
    "auditor",
    "migrator",
    "client-python",
    "tests",
    "client-js",
    "tools",
    "demo",
    "requirements",
    "pyproject.toml",
)
PRODUCTS = ("library", "auditor", "migrator", "client-python", ".")
"""Where pytest runs, each with a configuration and tests of its own."""
RACES = "tests/concurrency"
NOTHING_LEFT = 5
"""pytest's exit status when no test was left to run."""
Paths = dict[str, list[str]]
"""The test files of a part, by product."""


def state(trials: int) -> str:
    """A name for the code as it lies here and the number of trials."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *CODE]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    digest = hashlib.sha256(str(trials).encode())
    for name in sorted(filter(None, names)):
        path = ROOT / os.fsdecode(name)
        if path.is_file():
            digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def matching(product: str, pattern: str) -> set[str]:
    """The test files of a product whose text matches, outside the races."""
    files = (ROOT / product / "tests").rglob("test_*.py")
    named = {path.relative_to(ROOT / product).as_posix() for path in files if re.search(pattern, path.read_text())}
    return {name for name in named if not name.startswith((RACES + "/", "tests/rules/", "tests/cases/"))}


def properties() -> Paths:
    """Every file with a property or a state machine, and the vectors."""
    found = {product: matching(product, r"(?m)^from hypothesis|^import hypothesis") for product in PRODUCTS}
    found["library"].add("tests/conformance")
    return {product: sorted(names) for product, names in found.items()}


def faults() -> Paths:
    """Every file with a test that only a long run asks for, and the tests of cut-off processes and answers."""
    found = {product: matching(product, r"mark\.hard\b|databases\.LONG\b") for product in PRODUCTS}
    for folder in ("attacks", "sessions", "database"):
        files = (ROOT / "library" / "tests" / folder).glob("test_*.py")
        found["library"] |= {path.relative_to(ROOT / "library").as_posix() for path in files}
    return {product: sorted(names - set(properties()[product])) for product, names in found.items()}


def feed() -> Paths:
    """What authenticates requests, and so runs in feed mode, too. The rest decides the same in both modes."""
    return {"library": [f"tests/{name}" for name in ("accounts", "attacks", "http", "integrations", "sessions")]}


def pytest(
    paths: Paths, workers: int, marks: str = "hard or not hard", more: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Path, int], int]:
    """A part that is a run of pytest for each product that has a share in it; the record is a folder.

    `marks` chooses the tests, and `more` is added to their environment.
    """

    def run(record: Path, trials: int) -> int:
        record.mkdir(exist_ok=True)
        side_by_side = ["-n", str(workers), "--dist"] if workers > 1 else []
        worst = 0
        for product, files in paths.items():
            if not files:
                continue
            own = record / f"{'root' if product == '.' else product}.jsonl"
            # Across products a file's servers and browser are started once.
            spread = ["loadfile", "--no-loadscope-reorder"] if product == "." else ["worksteal"]
            parallel = side_by_side + spread if side_by_side else []
            command = [sys.executable, "-m", "pytest", "-m", marks, *parallel, *files]
            environment = {
                **os.environ,
                "TRIALS": str(trials),
                "HYPOTHESIS_PROFILE": "hard",
                "BEARER_TEST_RECORD": str(own),
                **more,
            }
            status = subprocess.run(command, cwd=ROOT / product, env=environment, check=False).returncode
            worst = worst or (0 if status == NOTHING_LEFT and own.exists() else status)
        return worst

    return run


def mutants(workers: int) -> Callable[[Path, int], int]:
    """The part that breaks the code on purpose."""

    def run(record: Path, trials: int) -> int:
        record.mkdir(exist_ok=True)
        own = record / "library.jsonl"
        python = [sys.executable, "tools/mutants.py", "--record", str(own), "--workers", str(workers)]
        first = subprocess.run(python, cwd=ROOT, check=False).returncode
        second = subprocess.run([sys.executable, "tools/client_mutants.py"], cwd=ROOT, check=False).returncode
        return first or second

    return run


def main() -> int:
    """Run the parts asked for; the status is 1 when one of them failed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--part", choices=["races", "faults", "properties", "feed", "mutants"], help="only this one"
    )
    arguments.add_argument("--trials", type=int, default=200, help="how often each race is run (200)")
    arguments.add_argument("--workers", type=int, default=2, help="processes that run tests side by side (2)")
    given = arguments.parse_args()
    parts = {
        # A race has threads and processes of its own: beside another one it would race less.
        "races": pytest({"library": [RACES]}, 1),
        "faults": pytest(faults(), given.workers),
        "properties": pytest(properties(), given.workers),
        "feed": pytest(feed(), given.workers, "not hard", {"BEARER_TEST_REVOCATION": "feed"}),
        "mutants": mutants(given.workers),
    }
    folder = FOLDER / state(given.trials)
    folder.mkdir(parents=True, exist_ok=True)
    failed = [name for name in parts if given.part in (None, name) and not passes(name, parts[name], folder, given)]
    for name in failed:
        print(f"failed: {name}; `make hard PART={name}` asks only for what has not passed yet")
    return 1 if failed else 0


def passes(name: str, part: Callable[[Path, int], int], folder: Path, given: argparse.Namespace) -> bool:
    """Run one part and say what it took, over all its runs."""
    print(f"{name}: begins, {given.trials} trials", flush=True)
    began = time.monotonic()
    record = folder / name
    status = part(record, given.trials)
    took = folder / f"{name}.seconds"
    seconds = (float(took.read_text()) if took.exists() else 0.0) + time.monotonic() - began
    took.write_text(f"{seconds:.1f}")
    count = sum(len(Record(own).passed) for own in record.glob("*.jsonl"))
    print(f"{name}: {'passed' if status == 0 else 'FAILED'}, {count} passed so far in {seconds:.0f} s", flush=True)
    return status == 0


if __name__ == "__main__":
    raise SystemExit(main())
