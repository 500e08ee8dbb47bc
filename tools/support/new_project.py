"""A fresh `django-admin startproject`, with a page's own steps done to it: what a newcomer has after reading."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.support.timeouts import HANG

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
INSTALL = ROOT / "docs" / "guide" / "install.md"
"""The steps that give a project everything that the other guides begin with."""
_BLOCK = re.compile(
    r"(?:^`(?P<path>[\w./]+)`, (?P<how>at the end|a new file|the whole file|instead of the line with `(?P<line>[^`]+)`)[^\n]*:\n\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code of a page, and the file it goes into, if any."""

    path: str | None
    appended: bool
    language: str
    code: str
    instead: str | None = None
    """What the line contains that the code replaces."""


def blocks(page: Path) -> list[Block]:
    return [
        Block(found["path"], found["how"] == "at the end", found["language"], found["code"], found["line"])
        for found in _BLOCK.finditer(page.read_text())
    ]


def commands(page: Path) -> list[str]:
    """The lines to type, but for the installation, which has happened."""
    typed = "".join(block.code for block in blocks(page) if block.language == "sh")
    return [line for line in typed.splitlines() if not line.startswith("pip ")]


def shell_environment() -> dict[str, str]:
    """What a shell would have: this Python first, nothing of this test run, and a curl even where there is none."""
    dropped = ("DJANGO_", "PYTEST_", "BEARER_TEST_", "DEMO_", "PYTHON")
    found = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    fallback = [] if shutil.which("curl") else [str(Path(__file__).parent / "fake_curl")]
    path = [str(Path(sys.executable).parent), *fallback, found.get("PATH", "")]
    return {**found, "PATH": os.pathsep.join(path)}


@dataclass
class NewProject:
    """A project called mysite in `folder`."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path) -> NewProject:
        project = cls(folder)
        project.run("-m", "django", "startproject", "mysite", str(folder))
        return project

    def follow(self, page: Path, **replaced: str) -> NewProject:
        """Put every block of the page that names a file into that file."""
        for block in blocks(page):
            if block.path:
                code = block.code
                for old, new in replaced.items():
                    code = code.replace(old, new)
                if block.instead:
                    self.replace_line(block.path, block.instead, code)
                else:
                    self.write(block.path, code, appended=block.appended)
        return self

    def replace_line(self, path: str, contains: str, code: str) -> None:
        """Put the code in the place of the one line that contains the text."""
        target = self.folder / path
        lines = target.read_text().splitlines(keepends=True)
        [at] = [number for number, line in enumerate(lines) if contains in line]
        target.write_text("".join([*lines[:at], code, *lines[at + 1 :]]))

    def write(self, path: str, code: str, appended: bool = False) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text() + "\n\n" if appended else ""
        target.write_text(before + code)

    def environment(self) -> dict[str, str]:
        """What a shell in the project would have."""
        return {**shell_environment(), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **self.env}

    def run(self, *arguments: str, fails: bool = False) -> str:
        """The output of Python with these arguments, in the project's folder."""
        return self._run([sys.executable, *arguments], fails)

    def manage(self, *arguments: str, fails: bool = False) -> str:
        return self.run("manage.py", *arguments, fails=fails)

    def shell(self, lines: list[str]) -> str:
        return self._run(["sh", "-euc", "\n".join(lines)], fails=False)

    def _run(self, command: list[str], fails: bool) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANG,
        )
        assert (done.returncode != 0) is fails, done.stdout
        return done.stdout

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[str]:
        """The URL of a server that is started with these arguments to Python and says where it listens."""
        log = self.folder / "server.log"
        with (
            log.open("w") as file,
            subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"https?://127\.0\.0\.1:\d+|(?<=server at )https?://localhost:\d+", line):
                    break
            else:
                raise AssertionError(said)
            file.write(said)
            # Read all the time: a server whose output nobody reads stands still after some thousand lines.
            reader = threading.Thread(target=file.writelines, args=(process.stdout,))
            reader.start()
            try:
                yield found[0]
            finally:
                process.terminate()
                process.wait(timeout=HANG)
                reader.join(timeout=HANG)
