"""Example, demo and test projects inside the tree of a library: nobody runs them in production."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMED = re.compile(
    r"(example|demo|sample|tutorial|quickstart|sandbox|playground|doc|test)s?"
    r"|(example|demo|sample|test|testing|tutorial|dev|dummy|testbed)[_-]?(project|app|site|server|application)s?"
    r"|(project|app|site)[_-]?(example|demo|sample|test)s?",
    re.I,
)
_PACKAGING = frozenset({"setup.py", "setup.cfg", "pyproject.toml"})
_RUNS = ("manage.py", "wsgi.py", "asgi.py")


def examples(paths: Iterable[str], managed: str = "") -> tuple[str, ...]:
    """The folders of such projects, as prefixes.

    A tree is that of a library when it is packaged at its top and has nothing to run outside of them; where a project
    of its own lies beside the examples, nothing is set apart. `managed` is the settings module that `manage.py` at
    the top names: it may be that of an example.
    """
    every = list(paths)
    if not _PACKAGING & set(every):
        return ()
    inside: set[str] = set()
    outside = False
    for path in every:
        prefix = _prefix(path)
        if path.endswith(_RUNS) or path.endswith("settings.py"):
            inside |= {prefix} if prefix else set()
        of_example = path == "manage.py" and bool(_NAMED.fullmatch(managed.partition(".")[0]))
        outside = outside or (not prefix and path.rpartition("/")[2] in _RUNS and not of_example)
    return () if outside else tuple(sorted(inside))


def _prefix(path: str) -> str:
    """The outermost folder on the way to a file that says what it is; empty when none does."""
    folders = path.split("/")[:-1]
    for number, folder in enumerate(folders, 1):
        if _NAMED.fullmatch(folder):
            return "/".join(folders[:number]) + "/"
    return ""
