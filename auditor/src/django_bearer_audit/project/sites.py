"""Which settings modules the tree has, which of them is production, and why we think so."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django_bearer_audit.project.files import Tree
from django_bearer_audit.project.namespaces import Namespaces
from django_bearer_audit.project.python import PythonIndex
from django_bearer_audit.project.values import always

NAMED = re.compile(rb"DJANGO_SETTINGS_MODULE[\"']?\]?\s*[,:=]\s*[\"']?([A-Za-z_][\w.]*)")
_WHOLE = re.compile(rb"^(INSTALLED_APPS|ROOT_URLCONF)\b", re.M)
_PART = re.compile(
    rb"^(SECRET_KEY|DEBUG|REST_FRAMEWORK|SIMPLE_JWT|JWT_AUTH|REST_KNOX|REST_AUTH|OAUTH2_PROVIDER|DJOSER|NINJA_JWT)"
    rb"\s*(:[^=\n]+)?=",
    re.M,
)
_DEPLOY_FILES = ("wsgi.py", "asgi.py", "Procfile", "Dockerfile", ".yml", ".yaml", ".sh", ".toml", ".env")
_SERVERS = ("wsgi.py", "asgi.py")
_DEV = frozenset(
    [
        "local",
        "dev",
        "devel",
        "develop",
        "development",
        "debug",
        "test",
        "tests",
        "testing",
        "unittest",
        "unittests",
        "ci",
        "build",
        "docs",
        "e2e",
        "pytest",
        "travis",
        "playground",
        "sandbox",
        "stub",
        "mock",
        "static",
        "collectstatic",
    ]
)
_LOCAL = frozenset({"local"})
_TESTS = frozenset(
    {"local", "test", "tests", "testing", "ci", "unittest", "unittests", "pytest", "e2e", "docs", "base"}
)
_PRODUCTION = frozenset(
    ["prod", "production", "live", "deploy", "deployment", "docker", "heroku", "server", "release"]
)
_EXAMPLE = frozenset(["example", "sample", "template", "dist", "skeleton"])


@dataclass(frozen=True, slots=True)
class Site:
    """One deployable Django project in the tree."""

    root: str
    """The folder it lives in, as a prefix; empty for the top of the tree."""
    production: str
    """The settings file taken for production."""
    why: str
    others: tuple[str, ...]
    """Settings files of other environments, and layers."""
    whole: bool
    """False for a loose file of settings that no settings module of the tree takes in."""
    unseen: str = ""
    """The settings module that the project names and that is not in the tree, when it names no other."""
    doubt: str = ""
    """Why it is not certain that production runs on these settings."""


class _Candidate(NamedTuple):
    path: str
    whole: bool
    dev: bool
    layer: bool
    deployed: str
    managed: bool
    production_name: bool
    example: bool

    def rank(self) -> tuple[bool | int, ...]:
        return (
            self.whole and (bool(self.deployed) or self.production_name),
            self.whole,
            not self.dev,
            not self.layer,
            bool(self.deployed),
            self.production_name,
            self.managed,
            not self.example,
            -self.path.count("/"),
        )

    def why(self) -> str:
        if self.deployed:
            return f"{self.deployed} names it"
        if self.production_name:
            return "its name says production"
        return (
            "manage.py names it" if self.managed else "it is the fullest settings module that is not for development"
        )


class Sites:
    """Finds the sites of a tree."""

    def __init__(self, tree: Tree, python: PythonIndex, spaces: Namespaces, chosen: str | None) -> None:
        self._tree, self._python, self._spaces = tree, python, spaces
        self._chosen = chosen
        self._unseen: dict[str, str] = {}

    def all(self) -> tuple[Site, ...]:
        named = self._named()
        files = {path for path in self._python.paths if self._python.found(_WHOLE, path)} | set(named)
        files |= {self._chosen} if self._chosen and not self._chosen.startswith("../") else set()
        files |= {sibling for path in files for sibling in self._family(path)}
        groups: dict[str, set[str]] = defaultdict(set)
        for path in files:
            groups[self._root(path)].add(path)
        sites = [site for root in sorted(groups) if (site := self._site(root, groups[root], named))]
        covered = [site.root for site in sites]
        return (*sites, *self._loose(covered))

    def _site(self, root: str, files: set[str], named: dict[str, list[str]]) -> Site | None:
        candidates = self._candidates(files, named)
        if self._chosen and self._chosen in files:
            why = "it was named on the command line"
            return Site(root, self._chosen, why, tuple(sorted(files - {self._chosen})), True)
        best = max(sorted(candidates, key=lambda c: c.path), key=_Candidate.rank, default=None)
        if best is None or not best.whole or (best.dev and not best.deployed):
            return None
        beside = self._above_base(best, candidates) or self._beside_local(best, candidates)
        if beside is not None:
            why = f"it switches DEBUG off, unlike {best.path} beside it"
            return Site(root, beside.path, why, tuple(sorted(files - {beside.path})), True)
        unseen = "" if any(path in named for path in files) else self._unseen_around(root)
        doubt = self._doubt(best, candidates)
        runs = best.production_name or any(n.endswith((*_SERVERS, "manage.py")) for n in named.get(best.path, ()))
        project = f"{root}manage.py" in self._python.paths
        whole = bool(best.deployed) or runs or project or not self._is_packaged(root)
        return Site(root, best.path, best.why(), tuple(sorted(files - {best.path})), whole, unseen, doubt)

    def _above_base(self, best: _Candidate, candidates: list[_Candidate]) -> _Candidate | None:
        """`local.py` that takes a base in and switches DEBUG off: the settings of this place, not of a desk."""
        if best.deployed or (not best.layer and not any(_is(c.path, _LOCAL) for c in candidates)):
            return None
        for candidate in sorted(candidates, key=lambda each: each.path):
            module = self._python.module(candidate.path) if _is(candidate.path, _LOCAL) else None
            takes = module is not None and best.path in self._spaces.of(module).layers
            if takes and self._without_debug(candidate.path):
                return candidate
        return None

    def _beside_local(self, best: _Candidate, candidates: list[_Candidate]) -> _Candidate | None:
        """What runs elsewhere, where `wsgi.py` names `local.py` until the environment says otherwise."""
        if not _is(best.path, _LOCAL):
            return None
        others = [c for c in candidates if c.whole and not c.layer and not c.example and not _is(c.path, _TESTS)]
        off = [c for c in others if c is not best and self._without_debug(c.path)]
        return max(sorted(off, key=lambda c: c.path), key=_Candidate.rank, default=None)

    def _without_debug(self, path: str) -> bool:
        module = self._python.module(path)
        debug = self._spaces.of(module).values.get("DEBUG") if module else None
        return debug is not None and always(debug, False)

    def _is_packaged(self, root: str) -> bool:
        """Settings that a library has for the projects of others: what they lack, those projects set."""
        folders = root.rstrip("/").split("/")
        places = ["".join(f"{part}/" for part in folders[:n]) for n in range(len(folders) + 1)] if root else [""]
        for place in places:
            if f"{place}setup.py" in self._python.paths:
                return True
            if f"{place}pyproject.toml" in self._tree.paths and b"[build-system]" in self._read(
                f"{place}pyproject.toml"
            ):
                return True
        return False

    def _doubt(self, best: _Candidate, candidates: list[_Candidate]) -> str:
        """A server that starts from `wsgi.py` as it stands runs on the settings named there."""
        module = self._python.module(best.path)
        within = {best.path, *(self._spaces.of(module).layers if module else ())}
        if best.deployed.endswith(_SERVERS):
            return ""
        for other in sorted(candidates, key=lambda each: each.path):
            if other.deployed.endswith(_SERVERS) and other.path not in within and self._sets(other.path):
                return f"{other.deployed} names {other.path}, but {best.path} was judged; say which with --settings"
        return ""

    def _unseen_around(self, root: str) -> str:
        near = (name for place, name in self._unseen.items() if place.startswith(root) or root.startswith(place))
        return next(near, "")

    def _sets(self, path: str) -> bool:
        """Whether a module may set anything: no server starts on an empty one."""
        module = self._python.module(path)
        return module is None or bool(module.tree.body[1:] or not _is_docstring(module.tree.body[:1]))

    def _candidates(self, files: set[str], named: dict[str, list[str]]) -> list[_Candidate]:
        layered: dict[str, set[str]] = {}
        for path in files:
            module = self._python.module(path)
            layered[path] = set(self._spaces.of(module).layers) if module else set()
        taken = {layer for path, layers in layered.items() if not _is(path, _DEV) for layer in layers}
        return [self._candidate(path, layered[path], path in taken, named.get(path, [])) for path in files]

    def _candidate(self, path: str, layers: set[str], layer: bool, namers: list[str]) -> _Candidate:
        module = self._python.module(path)
        values = self._spaces.of(module).values if module else {}
        return _Candidate(
            path=path,
            whole="INSTALLED_APPS" in values or "ROOT_URLCONF" in values,
            dev=any(_is(each, _DEV) for each in (path, *layers)) or self._serves_documents(path),
            layer=layer,
            deployed=next((namer for namer in namers if namer.endswith(_DEPLOY_FILES) and not _is(namer, _DEV)), ""),
            managed=bool(namers),
            production_name=_is(path, _PRODUCTION),
            example=_is(path, _EXAMPLE),
        )

    def _named(self) -> dict[str, list[str]]:
        """Settings file → the files that name it as DJANGO_SETTINGS_MODULE."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._tree.paths:
            if not path.endswith((".py", *_DEPLOY_FILES)) and "Dockerfile" not in path:
                continue
            if path.endswith(".py") and not self._python.found(NAMED, path):
                continue
            for dotted in NAMED.findall(b"\n".join(_without_comments(self._read(path)))):
                target = self._python.find(dotted.decode(), path)
                if target:
                    found[target].append(path)
                elif path.endswith(".py"):
                    self._unseen[self._root(path)] = dotted.decode()
        return found

    def _read(self, path: str) -> bytes:
        if path.endswith(".py"):
            return self._python.data(path)
        try:
            return self._tree.read(path)
        except OSError:
            return b""

    def _family(self, path: str) -> Iterator[str]:
        """Settings files beside this one: its package, or its folder's other files named after settings."""
        folder, _, _ = path.rpartition("/")
        in_package = folder.rpartition("/")[2] in {"settings", "config", "conf", "environments", "env"}
        for other in self._python.paths:
            if other.rpartition("/")[0] == folder and other != path:
                stem = other.rpartition("/")[2]
                if "settings" in stem or (in_package and stem not in {"urls.py", "wsgi.py", "asgi.py", "celery.py"}):
                    yield other

    def _root(self, path: str) -> str:
        """The nearest folder above with a manage.py; else the folder that holds the settings package."""
        folders = path.split("/")[:-1]
        for length in range(len(folders), -1, -1):
            prefix = "".join(f"{part}/" for part in folders[:length])
            if f"{prefix}manage.py" in self._python.paths:
                return prefix
        depth = 2 if folders and folders[-1] in {"settings", "config", "conf"} else 1
        return "".join(f"{part}/" for part in folders[: max(0, len(folders) - depth)])

    def _serves_documents(self, path: str) -> bool:
        """Settings for the tool that builds the documentation, in its folder; unless a site is run from there."""
        found = re.match(r"(?:.*/)?docs?/", path)
        starts = ("manage.py", "wsgi.py", "asgi.py")
        return found is not None and not any(
            other.startswith(found[0]) and other.endswith(starts) for other in self._python.paths
        )

    def _loose(self, covered: list[str]) -> Iterator[Site]:
        """Files of settings in folders without a settings module we know; absence means nothing there."""
        for path in self._python.paths:
            if any(path.startswith(root) for root in covered) or _is(path, _DEV | _EXAMPLE):
                continue
            if self._serves_documents(path):
                continue
            if self._python.found(_PART, path) and self._python.module(path):
                yield Site(path.rpartition("/")[0] + "/", path, "a file of settings", (), False)


def _is(path: str, words: frozenset[str]) -> bool:
    """Whether the file's name (or its folder's, below `settings/`) says one of the words."""
    parts = path.removesuffix(".py").split("/")
    said = re.split(r"[_\-.\d]+", parts[-1] if parts[-1] != "__init__" or len(parts) < 2 else parts[-2])
    return any(word.lower() in words for word in said)


def _is_docstring(body: list[ast.stmt]) -> bool:
    return all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in body)


def _without_comments(data: bytes) -> Iterator[bytes]:
    return (line for line in data.splitlines() if not line.lstrip().startswith(b"#"))
