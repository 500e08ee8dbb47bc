"""Run another package's own test suite against our compatible endpoints, and say what passed, failed, does not apply.

    python tools/other_suites.py simplejwt
    python tools/other_suites.py            (all of them)

The suite is unpacked from the package's source distribution and deleted afterwards. Which files are run, and why a
test does not apply, is in `migrator/tests/suites/`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SUITES = ROOT / "migrator" / "tests" / "suites"


def unpack(given: dict[str, Any], folder: Path) -> Path:
    """The folder `tests` of the package's source distribution, below `folder`."""
    named = f"{given['distribution']}=={given['version']}"
    fetch = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", str(folder), named]
    subprocess.run([sys.executable, *fetch], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as found:
        found.extractall(folder / "unpacked", filter="data")
    (tests,) = (folder / "unpacked").glob(f"*/{given.get('tests', 'tests')}")
    found = Path(shutil.move(tests, folder / "tests"))
    for path in found.rglob("*.py") if "replace" in given else ():
        text = path.read_text()
        for old, new in given["replace"].items():
            text = text.replace(old, new)
        path.write_text(text)
    if "requires" in given:
        beside = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder / "beside")]
        subprocess.run([sys.executable, *beside, *given["requires"]], check=True)
    return found


def run(name: str, verbose: bool = False) -> int:
    """Run a suite and print what became of each test. 1 where one failed that should have passed."""
    given = tomllib.loads((SUITES / f"{name}.toml").read_text())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        tests = unpack(given, folder)
        for ours in (SUITES / name).glob("*.txt"):
            (tests / f"{ours.stem}.py").write_text(ours.read_text())
        report = folder / "report.xml"
        chosen = ["-k", given["select"]] if "select" in given else []
        options = [
            *chosen,
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django_bearer",
            "-W",
            "ignore",
            f"--junitxml={report}",
        ]
        files = [f"tests/{file}" for file in given["files"]]
        env = {**os.environ, "PYTHONPATH": str(folder / "beside")}
        command = [sys.executable, "-m", "pytest", *options, *files]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        if not report.exists():
            print(done.stdout, done.stderr)
            return 1
        print(done.stdout if verbose else f"{given['distribution']} {given['version']}:")
        return tell(report, given["not_applicable"])


def tell(report: Path, reasons: dict[str, str]) -> int:
    """Print the outcome of each test that did not pass, and the numbers."""
    passed = failed = beside = 0
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        reason = next((why for part, why in reasons.items() if part in name), None)
        broken = case.find("failure") is not None or case.find("error") is not None
        if not broken:
            passed += 1
        elif reason:
            beside += 1
            print(f"not applicable  {name}: {reason}")
        else:
            failed += 1
            print(f"FAILED          {name}")
    print(f"passed {passed}, failed {failed}, not applicable {beside}")
    return 1 if failed or not passed else 0


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What a command line asks for: without a name, every suite."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted(path.stem for path in SUITES.glob("*.toml"))
    parser.add_argument("suite", nargs="*", metavar="suite", help=f"{', '.join(known)}; all of them unless named")
    parser.add_argument("--verbose", action="store_true", help="print why a test failed")
    asked = parser.parse_args(given)
    # Not `choices`: Python 3.11 refuses an empty list with them.
    if unknown := [name for name in asked.suite if name not in known]:
        parser.error(f"there is no suite {unknown[0]}; there are {', '.join(known)}")
    asked.suite = asked.suite or known
    return asked


if __name__ == "__main__":
    asked = arguments()
    sys.exit(max([run(name, asked.verbose) for name in asked.suite]))
