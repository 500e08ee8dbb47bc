"""The cases of a rule: small project trees it must flag, and others it must leave alone.

A case is a folder, or one text file split into the files of a project at lines like `# file: shop/urls.py`
(`// file:` and `<!-- file:` do as well). A line that must be flagged carries the mark `<- BT401`.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "rules"
_FILE = re.compile(r"^\s*(?:#|//|<!--)\s*file:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Case:
    rule: str
    kind: str
    source: Path

    def __str__(self) -> str:
        return f"{self.rule}/{self.kind}/{self.source.stem}"

    def build(self, target: Path) -> Path:
        """Write the case out as a project folder."""
        if self.source.is_dir():
            return Path(shutil.copytree(self.source, target, symlinks=True, dirs_exist_ok=True))
        for path, lines in split(self.source.read_text()).items():
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(lines) + "\n")
        return target

    def marks(self, project: Path) -> set[tuple[str, int]]:
        """The lines that the case says must be flagged."""
        return {
            (file.relative_to(project).as_posix(), number)
            for file in sorted(project.rglob("*"))
            if file.is_file()
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
            if f"<- {self.rule}" in line
        }


def split(text: str) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        header = _FILE.match(line)
        if header:
            current = files.setdefault(header[1], [])
        elif current is not None:
            current.append(line)
    return files


def cases(rule: str, kind: str) -> list[Case]:
    folder = FOLDER / rule / kind
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Case(rule, kind, source) for source in found if not source.name.startswith((".", "__"))]
