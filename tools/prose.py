"""Measures how the documentation reads: `python tools/prose.py [PAGE …]`; the rules are `[tool.prose]` in pyproject.toml.

A sentence is what a reader takes in at once: of a paragraph, a list item or the cell of a table. Code, links' targets,
headings, diagrams and generated pages are left out. Of a Python file, its docstrings and the messages that people read
are measured; only the length of their sentences has a rule.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATED = ("docs/audit/rules/", "docs/reference/api/", "docs/performance/")
_FENCE = re.compile(r"^(?P<indent> *)(```|~~~).*?^ *\2[^\n]*$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = re.compile(
    r"^ *=+ +=[= ]*$.*^ *=+ +=[= ]*$|<!--.*?-->|<[^>\n]+>|^#[^\n]*$|^\|?[-:| ]+\|$|^!!! [^\n]*$|^---$",
    re.MULTILINE | re.DOTALL,
)
_BLOCK = re.compile(r"\n\s*\n|\n(?= *(?:[*+-]|\d+\.) )|\n(?=\|)|(?<=\|)\n|\|")
_END = re.compile(r"(?<=[.!?])[\"')*_]*\s+(?=[\"'(*_]*[A-Z`0-9])|:\s*$")
_ABBREVIATED = re.compile(r"\b(e\.g|i\.e|etc|vs|no|cf|al)\.", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w'-]*")
_PASSIVE = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being|gets?|got)\s+(?:(?:not|never|also|only|always|then|still|again|\w+ly)\s+)?"
    r"(?:\w{2,}(?<!ne)ed|built|caught|chosen|done|driven|found|given|held|hidden|kept|known|left|lost|made|meant|put|read|"
    r"said|seen|sent|set|shown|spent|stolen|taken|thrown|told|understood|written|run|begun|cut|drawn|paid|sold|bound)\b",
    re.IGNORECASE,
)

_SECTION_ITEM = re.compile(r"\n(?=(?:    )?(?:\w[\w., ]*:|[\w`*]+(?: \(.+\))?:)(?: |\n))")
_EXAMPLE = re.compile(r"(?:^|\n)(?: {4,}|>>> )[^\n]*(?=\n|$)")
MESSAGES = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "Error",
    "Warning",
    "Info",
    "CommandError",
    "ConfigurationError",
}
"""Functions and classes whose texts people read."""


@dataclass(frozen=True)
class Rules:
    """What the pages must keep to."""

    longest_sentence: int
    """Words in any sentence."""
    mean_sentence: float
    """Words in a page's sentences, on average."""
    passive_share: float
    """Of a page's sentences, those in the passive voice."""
    short_page: int
    """Sentences below which a page has no average and no share."""
    passive: list[str]
    """Pages that may be in the passive voice."""


@dataclass(frozen=True)
class Measured:
    """How a page reads."""

    sentences: int
    mean: float
    passive: float
    longest: str


def sentences(page: str) -> Iterator[str]:
    """The sentences of a Markdown page, without their code and markup."""
    text = _LEFT_OUT.sub("\n\n", _FENCE.sub("\n\n", page))
    text = re.sub(r"!?\[((?:[^\]\[]|\[[^\]]*\])*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"`[^`\n]+`", "Name", text)
    for block in _BLOCK.split(text):
        plain = _ABBREVIATED.sub(r"\1", " ".join(block.split()))
        plain = re.sub(r"^(?:[*+>-]|\d+\.)\s+", "", plain)
        for sentence in _END.split(plain):
            if sentence and len(_WORD.findall(sentence)) > 2:
                yield sentence


def texts(source: str) -> Iterator[str]:
    """The docstrings of Python code, each part of a section on its own, and the messages that people read."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if written := ast.get_docstring(node):
                yield _SECTION_ITEM.sub("\n\n", written)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in MESSAGES:
            for given in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


def length(sentence: str) -> int:
    return len(_WORD.findall(sentence))


def is_passive(sentence: str) -> bool:
    return _PASSIVE.search(sentence) is not None


def measure(page: str) -> Measured:
    """How a Markdown page reads."""
    found = list(sentences(page))
    if not found:
        return Measured(0, 0.0, 0.0, "")
    return Measured(
        len(found),
        sum(map(length, found)) / len(found),
        sum(map(is_passive, found)) / len(found),
        max(found, key=length),
    )


def faults(page: str, rules: Rules, name: str = "") -> list[str]:
    """A line for each rule that a page of this name breaks."""
    found = measure(page)
    lines = [
        f"{length(sentence)} words, the longest sentence has {rules.longest_sentence}: {sentence}"
        for sentence in sentences(page)
        if length(sentence) > rules.longest_sentence
    ]
    if found.sentences >= rules.short_page:
        if found.mean > rules.mean_sentence:
            lines.append(f"{found.mean:.1f} words a sentence on average, at most {rules.mean_sentence}")
        if found.passive > rules.passive_share and name not in rules.passive:
            lines.append(f"{found.passive:.0%} of the sentences are passive, at most {rules.passive_share:.0%}")
    return lines


def long_sentences(source: str, rules: Rules) -> list[str]:
    """A line for each sentence of Python code's docstrings and messages that is too long."""
    return [
        f"{length(sentence)} words, the longest sentence has {rules.longest_sentence}: {sentence}"
        for text in texts(source)
        for sentence in sentences(text)
        if length(sentence) > rules.longest_sentence
    ]


def rules() -> Rules:
    return Rules(**tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["prose"])


def pages() -> list[Path]:
    """What people wrote for people to read from top to bottom."""
    found = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*/README.md"),
        *(ROOT / "benchmarks").glob("*.md"),
    ]
    names = {path.relative_to(ROOT).as_posix() for path in found} - {"CHANGELOG.md"}
    return [ROOT / name for name in sorted(names) if not name.startswith(GENERATED)]


def modules() -> list[Path]:
    """The Python files of all products."""
    return sorted(path for path in ROOT.glob("*/src/**/*.py") if "migrations" not in path.parts)


def main() -> int:
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or pages()
    asked, worst, total, words, passive = rules(), 0, 0, 0.0, 0.0
    for path in chosen:
        found = measure(path.read_text())
        total += found.sentences
        words += found.mean * found.sentences
        passive += found.passive * found.sentences
        name = path.relative_to(ROOT).as_posix()
        print(f"{name:44} {found.sentences:4} sentences {found.mean:5.1f} words {found.passive:4.0%} passive")
        for line in faults(path.read_text(), asked, name):
            worst = 1
            print(f"    {line}")
    print(f"{'all':44} {total:4} sentences {words / max(total, 1):5.1f} words {passive / max(total, 1):4.0%} passive")
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
