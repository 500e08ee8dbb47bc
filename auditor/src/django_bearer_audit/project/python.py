"""The Python files of the tree: found by word, parsed once, and resolved by dotted name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from django_bearer_audit.encodings import searchable
from django_bearer_audit.finding import Skipped
from django_bearer_audit.project import newer_syntax
from django_bearer_audit.project.files import Tree
from django_bearer_audit.project.ledger import Ledger, Search, finder
from django_bearer_audit.project.source import Module, parse
from django_bearer_audit.project.syntax import NOT_PARSED, Check

# Installed packages that share a name with many a project's own module. A project file answers to one of
# these names only when it lies at the top of the tree, which is then that package's own repository.
PACKAGES = frozenset(
    [
        "django",
        "rest_framework",
        "rest_framework_simplejwt",
        "jwt",
        "jose",
        "authlib",
        "knox",
        "oauth2_provider",
        "dj_rest_auth",
        "djoser",
        "allauth",
        "ninja",
        "ninja_jwt",
        "ninja_extra",
        "corsheaders",
        "environ",
        "decouple",
        "pydantic",
        "pydantic_settings",
        "csp",
        "axes",
        "ratelimit",
        "django_ratelimit",
        "defender",
        "graphene",
        "strawberry",
        "rest_framework_jwt",
        "django_bearer",
        "random",
        "secrets",
        "time",
        "datetime",
        "hashlib",
        "uuid",
        "os",
        "sys",
        "re",
        "json",
        "string",
        "hmac",
        "base64",
        "logging",
        "types",
        "typing",
        "collections",
    ]
)


class PythonIndex:
    """Lazily parsed modules of one tree."""

    def __init__(self, tree: Tree, ledger: Ledger) -> None:
        self._tree = tree
        self.ledger = ledger
        self.paths = tree.ending(".py")
        self._paths = frozenset(self.paths)
        self._bytes: dict[str, bytes] = {}
        self._searched: dict[str, bytes] = {}
        self._modules: dict[str, Module | Skipped] = {}
        self._finds: dict[Search, tuple[str, ...]] = {}
        self._found_before: dict[Search, tuple[str, ...]] = {}
        self._changed: frozenset[str] = frozenset()
        self._check: Check | None = None
        self._places: dict[tuple[str, str], str | None] = {}
        self._names: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._reasons: dict[str, str] | None = None
        self._given_up: dict[str, str] = {}

    def data(self, path: str) -> bytes:
        """The content of a file, for whoever looks for more than words."""
        self.ledger.file(path)
        return self._data(path)

    def found(self, pattern: re.Pattern[bytes], path: str) -> list[bytes]:
        """What a pattern finds in a file; the cheap question to ask of all of them."""
        self.ledger.search(("pattern", str(pattern.flags), pattern.pattern.decode("latin-1")))
        found = pattern.findall(self._searchable(path))
        if found:
            self.ledger.file(path)
        return found

    def _data(self, path: str) -> bytes:
        if path not in self._bytes:
            try:
                self._bytes[path] = self._tree.read(path)
            except OSError as error:
                self._bytes[path] = b""
                self._modules[path] = Skipped(path, f"cannot be read: {error.strerror}")
        return self._bytes[path]

    def _searchable(self, path: str) -> bytes:
        if path not in self._searched:
            self._searched[path] = searchable(self._data(path))
        return self._searched[path]

    def add(self, file: str) -> str:
        """The path of a file that was loaded, relative to the tree; from now on it is read even outside of it."""
        path = self.place(file)
        self._paths |= {path}
        return path

    def place(self, file: str) -> str:
        """The path of a file relative to the tree."""
        return os.path.relpath(os.path.realpath(file), os.path.realpath(self._tree.root)).replace(os.sep, "/")

    def module(self, path: str) -> Module | None:
        """The parsed file, or None when there is none or it does not parse (then it is in `skipped`)."""
        if path not in self._paths:
            return None
        self.ledger.file(path)
        if path not in self._modules:
            data = self._data(path)
            self._modules.setdefault(path, parse(path, data))
        found = self._modules[path]
        return found if isinstance(found, Module) else None

    def with_words(self, *words: str) -> Iterator[Module]:
        """Modules whose text holds at least one of the words: the cheap question to ask first."""
        return self.holding(("any", *words))

    def with_all_words(self, *words: str) -> Iterator[Module]:
        """Modules whose text holds every one of the words."""
        return self.holding(("all", *words))

    def holding(self, *searches: Search) -> Iterator[Module]:
        """Modules that one of the searches finds, in the order of the searches."""
        return (module for path in self.found_by(*searches) if (module := self.module(path)))

    def found_by(self, *searches: Search) -> Iterator[str]:
        """The files that one of the searches finds, each once."""
        seen: set[str] = set()
        for search in searches:
            for path in self.finds(search):
                if path not in seen:
                    seen.add(path)
                    yield path

    def finds(self, search: Search) -> tuple[str, ...]:
        """The files that a search for words finds."""
        self.ledger.search(search)
        if search not in self._finds:
            found, before = finder(search), self._found_before.get(search)
            if before is None:
                self._finds[search] = tuple(path for path in self.paths if found(self._searchable(path)))
            else:
                new = {path for path in self._changed if path in self._paths and found(self._searchable(path))}
                self._finds[search] = tuple(
                    sorted({*before} - self._changed | new, key=self._places_in_tree.__getitem__)
                )
        return self._finds[search]

    @cached_property
    def _places_in_tree(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.paths)}

    def recall(self, finds: dict[Search, tuple[str, ...]], changed: frozenset[str]) -> None:
        """What the last run's searches found, and the files that have changed since."""
        self._found_before, self._changed = finds, changed

    def all_finds(self) -> dict[Search, tuple[str, ...]]:
        """What every search finds: those of this run, and those of the last one."""
        return {search: self.finds(search) for search in {**self._found_before, **self._finds}}

    def modules(self) -> Iterator[Module]:
        """Every module. Prefer `with_words`: it parses only what it must."""
        return (module for path in self.paths if (module := self.module(path)))

    def start_check(self, known: dict[str, str] | None = None) -> None:
        """Begin to parse every file, also those no rule will ask for, beside the rules.

        `known` says which were parsed by an earlier run and are the same, with the reason if that failed.
        """
        known = known or {}
        self._known = {path: reason for path, reason in known.items() if reason}
        self._check = Check(self._tree.root, tuple(path for path in self.paths if path not in known))

    def skipped(self) -> Iterable[Skipped]:
        """What does not parse, or is not understood."""
        check = self._check or Check(self._tree.root, self.paths)
        if self._reasons is None:
            found = check.reasons() | self._known
            self._reasons = {path: reason for path, reason in found.items() if not self._is_read(path, reason)}
        return (Skipped(path, reason) for path, reason in (self._reasons | self._given_up).items())

    def _is_read(self, path: str, reason: str) -> bool:
        """Whether a file that this Python does not parse holds newer syntax only, and was read all the same."""
        return reason.startswith(NOT_PARSED) and newer_syntax.available() and self.module(path) is not None

    def give_up(self, path: str, reason: str) -> None:
        """Say of a file that parses that it is not understood all the same."""
        self._given_up[path] = reason

    # -- names ------------------------------------------------------------

    def find(self, dotted: str, importer: str = "") -> str | None:
        """The file that `import dotted` means when written in `importer`."""
        key = (dotted, importer)
        if key not in self._places:
            self._places[key] = self._find(dotted, importer)
        return self._places[key]

    def _find(self, dotted: str, importer: str) -> str | None:
        stem = dotted.replace(".", "/")
        for root in self._roots(importer, dotted.split(".", 1)[0]):
            for path in (f"{root}{stem}/__init__.py", f"{root}{stem}.py"):  # Python takes the package
                if path in self._paths and (path != importer or dotted == self.dotted(path)):
                    return path
        return self._only_file_ending(stem) if "/" in stem and self._ours(stem) else None

    def relative(self, importer: str, level: int, dotted: str) -> str | None:
        """The file that `from ..dotted import x` means when written in `importer`."""
        folder = importer.split("/")[:-level]
        base = "/".join([*folder, *dotted.split(".")] if dotted else folder)
        for path in (f"{base}/__init__.py" if base else "__init__.py", f"{base}.py"):
            if path in self._paths:
                return path
        return None

    def dotted(self, path: str) -> str:
        """The name a file is imported by: counted from the folder that Python would have on its path."""
        if path not in self._names:
            stem = path.removesuffix(".py").removesuffix("/__init__")
            self._names[path] = stem[len(self._package_root(path)) :].replace("/", ".")
        return self._names[path]

    def _ours(self, stem: str) -> bool:
        return stem.split("/", 1)[0] not in PACKAGES

    def _roots(self, importer: str, top: str) -> Iterator[str]:
        """Folders that may be on the path, as prefixes: where manage.py lies, then outwards."""
        if top in PACKAGES:
            yield from ("", "src/")
            return
        above = _folders_above(importer)
        yield from (folder for folder in above if folder in self._manage_folders)
        yield from (folder for folder in above if f"{folder}__init__.py" not in self._paths)
        yield from (f"{folder}src/" for folder in above)

    @cached_property
    def _manage_folders(self) -> frozenset[str]:
        return frozenset(path.removesuffix("manage.py") for path in self.paths if path.endswith("manage.py"))

    def _package_root(self, path: str) -> str:
        root = ""
        for folder in reversed(_folders_above(path)):
            if folder in self._manage_folders or folder.endswith("src/"):
                root = folder
        if root:
            return root
        for folder in _folders_above(path):
            if f"{folder}__init__.py" not in self._paths:
                return folder
        return ""

    def _only_file_ending(self, stem: str) -> str | None:
        """A project that puts further folders on its path is followed where only one file can be meant."""
        found = self._by_tail.get(stem.rsplit("/", 1)[-1], [])
        fitting = [path for path in found if path.endswith((f"/{stem}.py", f"/{stem}/__init__.py"))]
        return fitting[0] if len(fitting) == 1 else None

    @cached_property
    def _by_tail(self) -> dict[str, list[str]]:
        tails: dict[str, list[str]] = {}
        for path in self.paths:
            tail = path.removesuffix(".py").removesuffix("/__init__").rsplit("/", 1)[-1]
            tails.setdefault(tail, []).append(path)
        return tails


def _folders_above(path: str) -> list[str]:
    """The folders that hold a file, innermost first, as prefixes; the top of the tree is empty."""
    parts = path.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[:length]) for length in range(len(parts), -1, -1)]
