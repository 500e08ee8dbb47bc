"""What the dependency files of a tree ask for: requirements, pyproject, Pipfile, setup.cfg and lock files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.files import Tree
from django_bearer_audit.toml import TooMuch, parsed

_LINE = re.compile(
    r"^\s*[\"']?([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?((?:[<>=!~^]=?=?\s*[\w.*+!-]+\s*,?\s*)*)"
)
_CLAUSE = re.compile(r"(===|==|~=|>=|<=|!=|\^|~|>|<)\s*v?([0-9][\w.*+!-]*)")
_NAMES = ("pyproject.toml", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "setup.cfg")

Version = tuple[int, ...]


class Requirement(NamedTuple):
    """One package asked for, with what is said about its version."""

    name: str
    clauses: tuple[tuple[str, Version], ...]
    locked: bool
    """From a lock file, or pinned with `==`: this version and no other is installed."""
    where: Place

    @property
    def pinned(self) -> Version | None:
        return next((version for operator, version in self.clauses if operator in {"==", "==="}), None)

    @property
    def below(self) -> Version | None:
        """The version that everything allowed is older than, if there is one."""
        for operator, version in self.clauses:
            if operator == "<":
                return version
            if operator in {"~=", "^", "~"} and len(version) > 1:
                kept = version[:-1] if operator == "~=" else version[: 1 if operator == "^" and version[0] else 2]
                return (*kept[:-1], kept[-1] + 1)
        return None


def requirements(tree: Tree) -> Iterator[Requirement]:
    for path in tree.paths:
        name = path.rsplit("/", 1)[-1]
        if name in _NAMES or _is_requirements(path, name):
            text = _read(tree, path)
            if name.endswith(".lock") and name != "Pipfile.lock":
                yield from _toml_lock(path, text)
            elif name == "Pipfile.lock":
                yield from _pipfile_lock(path, text)
            elif name in {"pyproject.toml", "Pipfile"}:
                yield from _toml(path, text)
            else:
                yield from _lines(path, text)


def version(text: str) -> Version:
    """The numbers of a version, enough to compare releases: `2.10.0rc1` is `(2, 10, 0)`."""
    numbers: list[int] = []
    for part in text.split("!")[-1].split("."):
        digits = re.match(r"[0-9]{1,18}", part)
        if digits is None:
            break
        numbers.append(int(digits[0]))
        if digits[0] != part:
            break
    return tuple(numbers) or (0,)


def older(one: Version, other: Version) -> bool:
    size = max(len(one), len(other))
    return one + (0,) * (size - len(one)) < other + (0,) * (size - len(other))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_requirements(path: str, name: str) -> bool:
    return name.endswith((".txt", ".in", ".pip")) and (
        "requirement" in name.lower() or "/requirements/" in f"/{path}" or name in {"constraints.txt", "deps.txt"}
    )


def _read(tree: Tree, path: str) -> str:
    try:
        data = tree.read(path)
    except OSError:
        return ""
    # Windows editors save requirements.txt as UTF-16
    return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace")


def _lines(path: str, text: str) -> Iterator[Requirement]:
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.match(line)
        bare = found is not None and path.endswith(".txt") and line.partition("#")[0].strip() == found[1]
        if found and (_CLAUSE.search(found[2]) or bare):
            yield _requirement(found[1], found[2], Place(path, number, number))


def _toml(path: str, text: str) -> Iterator[Requirement]:
    """Line by line, for the place: `"PyJWT>=2"` in a list, `pyjwt = "^2"` or `pyjwt = {version = "^2"}`."""
    try:
        parsed(text)
    except TooMuch:  # read all the same: what is not parsed must not hide a requirement
        pass
    except ValueError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        where = Place(path, number, number)
        keyed = re.match(r"\s*[\"']?([A-Za-z0-9._-]+)[\"']?\s*=\s*(?:\{.*?version\s*=\s*)?[\"']([^\"']*)[\"']", line)
        if keyed:
            said = keyed[2] if not keyed[2][:1].isdigit() else f"=={keyed[2]}"
            if _CLAUSE.search(said):
                yield _requirement(keyed[1], said, where)
        for quoted in re.findall(r"[\"']([^\"']+)[\"']", line):
            found = _LINE.match(quoted)
            if found and _CLAUSE.search(found[2]):
                yield _requirement(found[1], found[2], where)


def _toml_lock(path: str, text: str) -> Iterator[Requirement]:
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"(name|version)\s*=\s*\"([^\"]+)\"", line)
        if line.startswith("[["):
            name = ""
        elif found and found[1] == "name":
            name = found[2]
        elif found and name:
            yield Requirement(normal(name), (("==", version(found[2])),), True, Place(path, number, number))


def _pipfile_lock(path: str, text: str) -> Iterator[Requirement]:
    try:
        packages: Any = json.loads(text).get("default", {})
    except (ValueError, AttributeError, RecursionError):
        return
    if not isinstance(packages, dict):
        return
    lines = {
        match[1]: number
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.match(r'\s*"([^"]+)": \{', line))
    }
    for name, entry in packages.items():
        said = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(said, str):
            number = lines.get(name, 1)
            yield _requirement(name, said, Place(path, number, number))


def _requirement(name: str, said: str, where: Place) -> Requirement:
    clauses = tuple((operator, version(number)) for operator, number in _CLAUSE.findall(said))
    exact = any(operator in {"==", "==="} for operator, _ in clauses) and "*" not in said
    return Requirement(normal(name), clauses, exact, where)
