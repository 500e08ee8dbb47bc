"""Builds what is published twice and compares it, then installs it in empty environments: `make release-check`.

    python tools/release_check.py [--out build/release] [--pythons 3.11 3.12 3.13]
    python tools/release_check.py --tag v0.2.0     # compares a tag with what was built

Both builds are of the last commit, in folders of different names, under different umasks. Each must have the same bytes.
In an empty environment of each Python the wheels are installed with what they name as requirements, and the README is
followed up to `manage.py check`. The files, `SHA256SUMS` and a bill of materials for each wheel stay in the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

ROOT = Path(__file__).parents[1]
PRODUCTS = ("library", "auditor", "migrator", "client-python")
PACKAGES = ("django_bearer", "django_bearer_audit", "django_bearer_migrate", "django_bearer_client")
CLIENT = "client-js"
UV = str(Path(sys.executable).with_name("uv"))
PYTHONS = ("3.11", "3.12", "3.13")
UMASKS = ("022", "077")
FOLLOW = """
import sys
from pathlib import Path
from tools.support.new_project import README, NewProject, commands
project = NewProject.start(Path(sys.argv[1])).follow(README)
said = project.shell(commands(README))
assert "no issues" in said, said
"""
"""The README's steps, by the Python that runs this."""


class Failed(Exception):
    """A step of the check failed; the text says which, and what it said."""


def run(*command: str, folder: Path = ROOT, **more: str) -> str:
    """What a command said. Raises `Failed` with it where the command fails."""
    # What a developer's shell sets for Python must not decide what is built or installed.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def export(commit: str, folder: Path, umask: str) -> None:
    """Write the files of a commit into an empty folder."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    run("git", "archive", "--format=tar", "--output", str(archive), commit)
    run("sh", "-c", f'umask {umask} && tar -xf "$1" -C "$2" --no-same-permissions', "tar", str(archive), str(folder))
    archive.unlink()


def build(source: Path, out: Path, umask: str, date: str) -> None:
    """Build every artefact of an exported commit; `date` is the commit's, in seconds since 1970."""
    out.mkdir(parents=True)
    for product in PRODUCTS:
        words = f'umask {umask} && exec "$1" -m build --no-isolation --outdir "$2" "$3"'
        line = ("sh", "-c", words, "build", sys.executable, str(out), str(source / product))
        run(*line, SOURCE_DATE_EPOCH=date)
    folder = source / CLIENT
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    run("npm", "run", "--silent", "build", folder=folder)
    # npm packs the modes that the files have, and those follow the umask.
    run("chmod", "-R", "u=rwX,go=rX", "dist", "package.json", "README.md", "LICENSE", folder=folder)
    run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(out), folder=folder)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each artefact, by its name."""
    kinds = (".whl", ".gz", ".tgz")
    found = sorted(path for path in folder.iterdir() if path.suffix in kinds)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def differences(first: dict[str, str], second: dict[str, str]) -> list[str]:
    """A line for each artefact that only one build made, or that the two made differently."""
    return [
        f"{name}: " + ("the two builds differ" if name in first and name in second else "only one build made it")
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]


def missing(names: Iterable[str]) -> list[str]:
    """What a release must have and these names do not: a wheel and a source distribution each, and the client."""
    kinds = [(package, kind) for package in PACKAGES for kind in (".whl", ".tar.gz")] + [
        ("django-bearer-client", ".tgz")
    ]
    found = list(names)
    return [
        f"{start}-*{kind}"
        for start, kind in kinds
        if not any(name.startswith(start + "-") and name.endswith(kind) for name in found)
    ]


def of_another_version(tag: str, names: Iterable[str]) -> list[str]:
    """A line for each artefact that is not of the version that a tag such as `v0.2.0` names."""
    version = re.escape(tag.removeprefix("v"))
    of_this = re.compile(rf"[a-z_-]+-{version}(-py3-none-any\.whl|\.tar\.gz|\.tgz)")
    return [f"{name} is not of version {tag.removeprefix('v')}" for name in names if not of_this.fullmatch(name)]


def install_and_follow(artefacts: Path, version: str, place: Path) -> None:
    """Install the wheels in an empty environment of a Python, and follow the README there."""
    python = place / "env" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", version, "--no-python-downloads", str(python.parents[1]))
    wheels = {package: next(artefacts.glob(f"{package}-*.whl")) for package in PACKAGES}
    requirements = [f"django-bearer[drf] @ {wheels['django_bearer'].as_uri()}"]
    requirements += [wheels[package].as_uri() for package in PACKAGES[1:]]
    run(UV, "pip", "install", "--quiet", "--python", str(python), *requirements)
    run(UV, "pip", "check", "--python", str(python))
    project = place / "project"
    project.mkdir()
    run(str(python), "-c", FOLLOW, str(project), PYTHONPATH=str(ROOT))
    run(str(python.with_name("django-bearer-audit")), "rules", folder=place)


def bill_of_materials(artefacts: Path, place: Path) -> None:
    """Write a CycloneDX document for each wheel: what an empty environment holds after it is installed."""
    for package in PACKAGES:
        env = place / package
        run(UV, "venv", "--quiet", "--python", sys.executable, str(env))
        wheel = next(artefacts.glob(f"{package}-*.whl"))
        run(
            UV,
            "pip",
            "install",
            "--quiet",
            "--python",
            str(env / "bin" / "python"),
            "--find-links",
            str(artefacts),
            str(wheel),
        )
        out = artefacts / f"{wheel.name.removesuffix('-py3-none-any.whl')}.cdx.json"
        options = ("--output-reproducible", "--output-format", "JSON", "--output-file", str(out))
        run(sys.executable, "-m", "cyclonedx_py", "environment", *options, str(env / "bin" / "python"))


def say(what: str) -> None:
    print(what, flush=True)


def check(out: Path, pythons: list[str]) -> None:
    """Run all steps. Raises `Failed`."""
    commit = run("git", "rev-parse", "HEAD").strip()
    date = run("git", "log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        built = []
        for number, umask in enumerate(UMASKS, start=1):
            say(f"build {number} of {len(UMASKS)} of {commit[:12]}, umask {umask}")
            source = place / f"source-{'x' * number}"
            export(commit, source, umask)
            built.append(place / f"built-{number}")
            build(source, built[-1], umask, date)
        first, second = (digests(folder) for folder in built)
        if faults := differences(first, second) + [f"{name} is missing" for name in missing(first)]:
            raise Failed("\n".join(faults))
        say(f"{len(first)} artefacts, the same bytes twice")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(built[0], out)
        (out / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in first.items()))
        for version in pythons:
            say(f"Python {version}: installing the wheels in an empty environment, and following the README")
            folder = place / version
            folder.mkdir()
            install_and_follow(out, version, folder)
        say("writing a bill of materials for each wheel")
        bill_of_materials(out, place)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--pythons", nargs="+", default=list(PYTHONS))
    parser.add_argument("--tag", help="only compare this tag with the versions of the artefacts in the folder")
    arguments = parser.parse_args()
    try:
        if arguments.tag:
            names = digests(arguments.out)
            if faults := of_another_version(arguments.tag, names) + [f"{name} is missing" for name in missing(names)]:
                raise Failed("\n".join(faults))
            return 0
        check(arguments.out, arguments.pythons)
    except Failed as fault:
        print(fault, file=sys.stderr)
        return 1
    say(f"the release is in {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
