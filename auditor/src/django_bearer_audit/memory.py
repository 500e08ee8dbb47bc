"""What an audit remembers for the next one: a JSON file in the user's cache folder, by content.

Which files parse, the facts of front-end files, which files each search found, and every answer that was kept, with
what it rests on. An answer stands while no file it rests on changed and no changed file answers yes to one of its
searches; when files came or went, none stands. A file of the cache that cannot be read is forgotten.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import time_ns
from typing import Any

from django_bearer_audit.encodings import searchable
from django_bearer_audit.policy.inline import MARK
from django_bearer_audit.project import Project, newer_syntax
from django_bearer_audit.project.files import Naming, Tree, content_name
from django_bearer_audit.project.front import SUFFIXES
from django_bearer_audit.project.front.reader import may_hold_facts
from django_bearer_audit.project.ledger import FRONT, OTHER, Reads, Search, finder
from django_bearer_audit.reading import SCRIPTS, read

_SETTLES = 2_000_000_000
"""Nanoseconds: file systems keep times no coarser than this."""
_AT_ONCE = 4_000
"""Entries of a list that are written together."""
Node = tuple[Sequence[int], Sequence[int], Sequence[int]]
"""What an answer rests on: numbers of files, of searches and of other nodes."""
_EMPTY: Node = ((), (), ())


class Memory:
    """Call `prepare` before the rules run, `keep` afterwards."""

    def __init__(self, project: Project, about: str) -> None:
        self._project = project
        self._about = f"{about} {_version()}"
        place = hashlib.blake2b(str(project.root.resolve()).encode("utf-8", "surrogateescape"), digest_size=12)
        self._file = folder() / f"{place.hexdigest()}.json"
        self._before = self._load()
        self._paths = project.tree.paths
        self._began = time_ns()
        self._contents, self._marked = self._read(project.tree)
        self._nodes: list[Node] = []
        self._searches: list[Search] = []

    def _read(self, tree: Tree) -> tuple[dict[str, str], set[str]]:
        """The name of each file's content, and the files that hold a suppression.

        A file is not read again while its stamp is as before, unless it changed so shortly before the last run began
        that one more change may bear the same time.
        """
        before = self._before
        contents: dict[str, str] = before.get("contents", {})
        stamps, marked = before.get("stamps", {}), set(before.get("marked", ()))
        settled = before.get("began", 0) - _SETTLES
        known = {
            path: contents[path]
            for path, stamp in tree.stamps.items()
            if stamps.get(path) == [*stamp] and max(stamp[2:]) < settled and path in contents
        }
        names, found = {}, set()
        self._reread = len(known) < len(tree.paths)
        for path in tree.paths:
            if path in known:
                names[path] = known[path]
                held = path in marked
            else:
                data = _bytes(tree.root, path)
                names[path] = content_name(data)
                held = MARK in data
            if held:
                found.add(path)
        return names, found

    def prepare(self) -> None:
        """Hand the project what is known by content, and the answers that still stand."""
        project, before = self._project, self._before
        project.known_front = before.get("front", {})
        project.unmarked = frozenset(self._paths) - self._marked
        parsed: dict[str, str] = before.get("parsed", {})
        known = {path: parsed[name] for path in project.python.paths if (name := self._contents[path]) in parsed}
        project.python.start_check(known)
        if before.get("contents", {}).keys() == self._contents.keys():
            try:
                self._recall()
            except (KeyError, TypeError, ValueError, AttributeError, IndexError):
                self._before = {}

    def keep(self) -> None:
        """Write the memory for the next run; a cache that cannot be written is no reason to fail."""
        if self._before.get("contents") == self._contents and not self._reread:
            return
        project = self._project
        if project.tree.changed:  # an answer may be of another content than the one that is named here
            return
        failed = {each.path: each.reason for each in project.skipped()}
        graph = _Graph(self._paths, self._nodes, self._searches)
        data = {
            "about": self._about,
            "contents": self._contents,
            "began": self._began,
            "stamps": project.tree.stamps,
            "marked": sorted(self._marked),
            "answers": graph.answers(project.ledger.valid_answers()),
            "nodes": graph.nodes,
            "searches": graph.searches,
            "finds": graph.finds(project.python.all_finds()),
            "front_read": sorted(project.front.read | set(self._before.get("front_read", ()))),
            "parsed": {self._contents[path]: failed.get(path, "") for path in project.python.paths},
            "front": self._front(),
        }
        with contextlib.suppress(OSError, ValueError):
            _write(self._file, data)

    def _recall(self) -> None:
        before = self._before
        changed = [path for path, name in self._contents.items() if before["contents"][path] != name]
        searches: list[Search] = [tuple(each) for each in before["searches"]]
        self._nodes, self._searches = before["nodes"], searches
        outdated = self._outdated(changed, searches)
        self._project.ledger.recall(
            {
                kind: {key: (node, *data) for key, (node, *data) in kept.items() if node not in outdated}
                for kind, kept in before["answers"].items()
            }
        )
        finds = {searches[number]: tuple(self._paths[each] for each in found) for number, found in before["finds"]}
        self._project.python.recall(finds, frozenset(changed))

    def _outdated(self, changed: list[str], searches: list[Search]) -> set[int]:
        """The nodes that rest on something that changed, themselves or through others."""
        numbers = {path: number for number, path in enumerate(self._paths)}
        touched = {numbers[path] for path in changed}
        found = {number for number, search in enumerate(searches) if any(self._answers(search, p) for p in changed)}
        above: dict[int, list[int]] = {}
        waiting = []
        for number, (files, asked, parts) in enumerate(self._nodes):
            if not touched.isdisjoint(files) or not found.isdisjoint(asked):
                waiting.append(number)
            for part in parts:
                above.setdefault(part, []).append(number)
        outdated = set(waiting)
        while waiting:
            for number in above.get(waiting.pop(), ()):
                if number not in outdated:
                    outdated.add(number)
                    waiting.append(number)
        return outdated

    def _answers(self, search: Search, path: str) -> bool:
        """Whether a changed file makes a difference to a search."""
        if search == OTHER:
            return not path.endswith((".py", *SCRIPTS)) or path.rpartition("/")[2] == "setup.py"
        if search == FRONT:
            read = path in self._before["front_read"]
            return path.lower().endswith(SUFFIXES) and (read or may_hold_facts(_bytes(self._project.root, path)))
        return path.endswith(".py") and finder(search)(searchable(_bytes(self._project.root, path)))

    def _front(self) -> dict[str, Any]:
        current = set(self._contents.values())
        known = {**self._before.get("front", {}), **self._project.front.seen}
        return {key: facts for key, facts in known.items() if key.partition(":")[2] in current}

    def _load(self) -> dict[str, Any]:
        """Only what was written whole: its first line is the name of the rest."""
        try:
            name, _, text = self._file.read_text(encoding="utf-8").partition("\n")
            data = json.loads(text) if content_name(text.encode()) == name else None
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) and data.get("about") == self._about else {}


class _Graph:
    """Numbers for everything that answers rest on, old nodes and new ones together."""

    def __init__(self, paths: tuple[str, ...], before: list[Node], searches: list[Search]) -> None:
        self.nodes: list[Node] = []
        self.searches = list(searches)
        self._before = before
        self._paths = {path: number for number, path in enumerate(paths)}
        self._known: dict[Reads | int, int] = {}
        self._numbers = {search: number for number, search in enumerate(searches)}

    def answers(self, valid_answers: Iterable[tuple[str, str, Reads, Any]]) -> dict[str, dict[str, list[Any]]]:
        found: dict[str, dict[str, list[Any]]] = {}
        for kind, key, reads, data in valid_answers:
            found.setdefault(kind, {})[key] = [self._number(reads), data]
        return found

    def finds(self, found: dict[Search, tuple[str, ...]]) -> list[tuple[int, list[int]]]:
        return [(self._search(search), [self._paths[path] for path in paths]) for search, paths in found.items()]

    def _number(self, first: Reads) -> int:
        """The number of a node, which and whose parts are written down when they are new."""
        waiting: list[Reads | int] = []
        number = self._place(_name(first), waiting)
        while waiting:
            each = waiting.pop()
            files, searches, parts = self._content(each)
            self.nodes[self._known[each]] = (files, searches, tuple([self._place(part, waiting) for part in parts]))
        return number

    def _place(self, name: Reads | int, waiting: list[Reads | int]) -> int:
        if name not in self._known:
            self._known[name] = len(self.nodes)
            self.nodes.append(_EMPTY)
            waiting.append(name)
        return self._known[name]

    def _content(self, name: Reads | int) -> tuple[Sequence[int], Sequence[int], Iterable[Reads | int]]:
        if isinstance(name, int):
            return self._before[name]
        files = tuple(sorted(self._paths[path] for path in name.files if path in self._paths))
        return files, tuple(sorted(map(self._search, name.searches))), map(_name, name.parts)

    def _search(self, search: Search) -> int:
        if search not in self._numbers:
            self._numbers[search] = len(self.searches)
            self.searches.append(search)
        return self._numbers[search]


def _name(reads: Reads) -> Reads | int:
    return reads if reads.old is None else reads.old


def folder() -> Path:
    """The user's cache folder, never the audited tree."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # relative to the current folder, which may be the tree: not valid, says the standard
        base = os.path.expanduser("~/.cache")
    return Path(base) / "django-bearer" / "audit"


def _version() -> str:
    """Changes with every change of the auditor and of what reads the files."""
    here = Path(__file__).parent
    state = [(str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in sorted(here.rglob("*.py"))]
    reads = newer_syntax.available()
    return hashlib.blake2b(repr((state, sys.version, reads)).encode(), digest_size=12).hexdigest()


def _bytes(root: Path, path: str) -> bytes:
    try:
        return read(root, path)
    except OSError:
        return b""


def _write(file: Path, data: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        named = Naming()
        stream.write(f"{named.name}\n".encode())
        for part in _parts(data):
            named.add(part)
            stream.write(part)
        stream.seek(0)
        stream.write(named.name.encode())
    Path(name).replace(file)


def _parts(data: dict[str, Any]) -> Iterator[bytes]:
    """The JSON text of what is kept, a part at a time: whole it would be as large as all the rest."""
    begin = b"{"
    for key, held in data.items():
        yield begin + _json(key) + b":"
        if isinstance(held, dict) and held:
            yield from _parts(held) if key == "answers" else [_json(held)]
        elif isinstance(held, list) and held:
            for first in range(0, len(held), _AT_ONCE):
                yield (b"," if first else b"[") + _json(held[first : first + _AT_ONCE])[1:-1]
            yield b"]"
        else:
            yield _json(held)
        begin = b","
    yield b"}"


def _json(held: Any) -> bytes:
    return json.dumps(held, separators=(",", ":")).encode()
