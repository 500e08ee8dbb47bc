"""Whether Python text parses, asked for a whole tree on the second core.

Run as a script it reads paths and says which do not parse. It needs only the standard library and is started
isolated, so that no file of the audited tree can be imported by it.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":  # isolated: only the standard library and the folder that this file was installed into
    sys.path.append(str(Path(__file__).parents[3]))

from django_bearer_audit.encodings import encoding_of, is_piled_up
from django_bearer_audit.limits import limit_own_time
from django_bearer_audit.reading import read

if TYPE_CHECKING:
    import subprocess

_WORTH_A_PROCESS = 150
"""Files below which starting an interpreter takes longer than parsing them here."""


NOT_PARSED = "does not parse: "
_SPARE = 700
"""Bytes that a tree takes for each of its text, at most. Where they cannot be had no file is passed over: it ends."""
_F_STRING = re.compile(rb"[fF][rR]?[\"']")
_MOST_SEARCHED = 10**10
"""Bytes. Before 3.12 Python looks for each expression of an f-string from its beginning on."""


def tree_of(data: bytes, name: str) -> ast.Module | str:
    """The tree, or the reason why there is none."""
    if sys.version_info < (3, 12) and data.count(b"{") * len(data) > _MOST_SEARCHED and _F_STRING.search(data):
        return "an f-string takes too long to parse"
    try:
        encoding = encoding_of(data)
        if encoding is None:
            return "its encoding is not read"
        if not data.isascii() and is_piled_up(data.decode(encoding, "replace").encode("utf-8", "replace")):
            return "a letter bears too many marks to parse"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data, name)
    except SyntaxError as error:
        return f"{NOT_PARSED}{error.msg} (line {error.lineno or '?'})"
    except (ValueError, LookupError) as error:
        return f"{NOT_PARSED}{error}"
    except RecursionError:
        return "nested too deeply to parse"
    except MemoryError:  # what the parser raises for deep nesting, too: then there is memory left
        bytearray(_SPARE * len(data))
        return "nested too deeply to parse"


class Check:
    """A running check of many files; `reasons` waits for it."""

    def __init__(self, root: Path, paths: tuple[str, ...]) -> None:
        self._root, self._paths = root, paths
        self._process: subprocess.Popen[str] | None = None
        if len(paths) >= _WORTH_A_PROCESS:
            self._process = _started(root, paths)

    def reasons(self) -> dict[str, str]:
        if self._process is not None and self._process.stdout is not None:
            answer = self._process.stdout.read()
            self._process.stdout.close()
            if self._process.wait() == 0:
                found: dict[str, str] = json.loads(answer)
                return found
        return check(self._root, self._paths)


def _started(root: Path, paths: tuple[str, ...]) -> subprocess.Popen[str]:
    import subprocess  # a small tree starts no process, and is audited before this is loaded

    command = [sys.executable, "-I", __file__, str(root)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None  # noqa: S101
    process.stdin.write(json.dumps(paths))
    process.stdin.close()
    return process


def check(root: Path, paths: tuple[str, ...] | list[str]) -> dict[str, str]:
    reasons = {}
    for path in paths:
        try:
            outcome = tree_of(read(root, path), path)
        except OSError as error:
            outcome = f"cannot be read: {error.strerror}"
        if isinstance(outcome, str):
            reasons[path] = outcome
    return reasons


if __name__ == "__main__":
    gc.disable()
    asked = json.load(sys.stdin)
    limit_own_time(sum(os.lstat(os.path.join(sys.argv[1], path)).st_size for path in asked))
    print(json.dumps(check(Path(sys.argv[1]), asked)))
