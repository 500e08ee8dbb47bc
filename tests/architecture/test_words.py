"""The words of the documentation: the terms of the field, and none of our own for the same thing.

`docs/reference/glossary.md` has the terms. Texts for translation and names that others gave us are not read.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *(
        "library/src",
        "library/tests",
        "auditor/src",
        "migrator/src",
        "migrator/tests",
        "client-python/src",
        "client-python/tests",
        "client-js/src",
        "client-js/test",
    ),
    *("demo", "docs", "tests", "tools", "benchmarks"),
)
WITHOUT_NAMES = "auditor/src"
"""The auditor names what it looks for in other projects: guards of routes, verbs of HTTP."""
SUFFIXES = (".py", ".md", ".ts")
SKIPPED = {"migrations", "node_modules", "dist", "git"}
"""Folders of generated files, and the reader of git, whose commits have parents."""

PROSE = {
    r"doors?": "endpoint",
    r"guard(s|ed|ing)?": "authentication, check",
    r"verbs?": "function",
    r"veil(s|ed)?": "redact",
    r"(un)?seal(s|ed|ing)?": "encrypt, decrypt",
    r"rewrap(s|ped)?": "reencrypt",
    r"mend(s|ed|ing)?": "hint, fix",
    r"kin": "predecessor, successor",
    r"fallen|standing": "validity",
    r"insist(s|ed|ing)?": "require",
    r"whereabouts": "request_device",
    r"openings": "public routes",
    r"heart|house": "core, architecture",
    r"thief|thieves|booty": "attacker, exfiltrated data",
    r"strangers?": "anybody, an anonymous caller",
    r"knock(s|ing)?": "call",
    r"hammer(s|ed|ing)?": "brute-force",
    r"(steals?|stole) it": "exfiltrate",
    r"(?<!in a )(?<!at the )moments?": "time, timestamp",
    r"(?<!real )life": "lifetime",
    r"(parent|child|children)(?! process)": "predecessor, successor",
    r"contested": "concurrent",
    r"rides?": "is sent",
    r"adapters?": "integration",
    r"walk(s|ed|ing)? in": "enter a view that nobody protected",
    r"set(s|ting)? aside": "suppress",
    r"breakers?": "limit of revocations",
    r"(sent|travel|travels|spoke|forwards) in clear": "over plain HTTP",
    r"ladders?": "hierarchy",
    r"(say|says|saying|said) no": "refuse",
    r"born": "issued, of the epoch of its login",
    r"(not |never )yet believed": "not yet verified",
    r"(for|from|drops?) noise": "malformed",
    r"crowds?": "many at once",
    r"mint(s|ed|ing)?": "issue, make",
    r"neighbours?": "other packages, files beside it",
    r"witness(es)?": "a column that is never null",
    r"stand-?ins?": "placeholder",
    r"(device|mailed|unlock) pass(es)?": "unlock token",
    r"dials?": "severity, confidence, persona",
    r"alarms?": "alert",
    r"overhear(s|d)?": "exposed",
}
"""Whole words in docstrings, comments and Markdown, each with what to write instead."""

NAMES = frozenset(
    """door doors guard guards guarded verb verbs veil veiled seal sealed unseal rewrap mend mends kin fallen standing
    insist whereabouts openings heart house thief booty stranger strangers knock hammer moment moments contested rides
    adapter adapters breaker breakers crowd crowds ladder patience witness minted neighbour neighbours""".split()  # noqa: SIM905 - easier to read
)
"""Words of the names that we give: of functions, classes, parameters, variables and attributes."""

SENTENCE = 6
"""Words from which a string is read as a sentence."""

OF_OTHERS = frozenset({"ACCOUNT_ADAPTER", "MFA_ADAPTER", "SOCIALACCOUNT_ADAPTER"})
"""Settings of other packages: we set them, and do not name them."""

_PROSE = {re.compile(rf"(?<![\w-])(?:{word})(?![\w-])", re.IGNORECASE): instead for word, instead in PROSE.items()}
_AROUND = re.compile(r"\(\?(<!|!)[^)]*\)")
_MAYBE_PROSE = re.compile(
    rf"(?<![\w-])(?:{_AROUND.sub('', '|'.join(PROSE))})(?![\w-])".replace(" ", r"""[\s"']+"""), re.IGNORECASE
)
_MAYBE_NAMES = re.compile("|".join(sorted(NAMES)), re.IGNORECASE)
"""Most files have none of the words: one search of the whole text says so, and the file is not parsed."""
_IN_NAMES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]+`|\]\([^)\n]*\)", re.DOTALL | re.MULTILINE)
_TS_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)


def files(folder: str, *suffixes: str) -> list[Path]:
    return sorted(
        path
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and not SKIPPED & set(path.parts) and path != Path(__file__)
    )


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blank(found: re.Match[str]) -> str:
    """As many lines as what was found, so that line numbers stay right."""
    return "\n" * found[0].count("\n") + " "


def prose(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Pieces of prose in a file, each with its line; names in backquotes are code."""
    if path.suffix == ".md":
        yield 1, _CODE.sub(blank, text)
    elif path.suffix == ".ts":
        for found in _TS_COMMENT.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, _CODE.sub(blank, found[0])
    else:
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield node.lineno, _CODE.sub(blank, node.value.value)
        yield from messages(text)
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], _CODE.sub(blank, token.string)


def messages(text: str) -> Iterator[tuple[int, str]]:
    """The sentences among the strings of a module, each with its line: a finding or an error says them to people."""
    tree = ast.parse(text)
    read = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        said = node.value if isinstance(node, ast.Constant) and id(node) not in read else None
        if isinstance(said, str) and "\n" not in said and len(said.split()) >= SENTENCE:
            yield getattr(node, "lineno", 1), _CODE.sub(blank, said)


def names(text: str) -> Iterator[tuple[int, str]]:
    """The names that a module gives, each with its line."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def words_in(path: Path, text: str) -> list[str]:
    if not _MAYBE_PROSE.search(text):
        return []
    return [
        f"line {line + piece.count(chr(10), 0, found.start())}: {found[0]!r}, write: {instead}"
        for line, piece in prose(path, text)
        for pattern, instead in _PROSE.items()
        for found in pattern.finditer(piece)
    ]


def names_in(text: str) -> list[str]:
    if not _MAYBE_NAMES.search(text):
        return []
    return [
        f"line {line}: {name}"
        for line, name in names(text)
        if name not in OF_OTHERS and NAMES & {word.lower() for word in _IN_NAMES.findall(name)}
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_prose_uses_the_terms_of_the_field(folder: str) -> None:
    assert [
        f"{name_of(path)}, {found}" for path in files(folder, *SUFFIXES) for found in words_in(path, path.read_text())
    ] == []


@pytest.mark.parametrize("folder", sorted(set(FOLDERS) - {WITHOUT_NAMES}))
def test_names_use_the_terms_of_the_field(folder: str) -> None:
    assert [
        f"{name_of(path)}, {found}" for path in files(folder, ".py") for found in names_in(path.read_text())
    ] == []


def test_every_folder_has_files() -> None:
    assert [folder for folder in FOLDERS if not files(folder, *SUFFIXES)] == []


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.py", '"""A door."""\n\n\ndef view():\n    """Ask the guard."""  # no stranger\n', 3),
        ("a.py", 'say("A stranger signs up and changes the rows.")\n', 1),
        ("a.py", 'say(f"A stranger signs up and changes the rows {x}.")\n', 1),
        ("a.py", 'x = "a door"\n"""`seal` of the vanguard, again in a moment, by a child process."""\n', 0),
        ("a.md", "The guard.\n\n```python\ndoor = 1\n```\n\nA `door`, [the map](doors.md).\n", 1),
        ("a.ts", 'const door = "https://a.example/";  // a door\n/* one\n   moment */\n', 2),
    ],
)
def test_prose_is_found_and_code_is_not(name: str, text: str, count: int) -> None:
    assert len(words_in(Path(name), text)) == count


def test_line_of_a_word_is_told() -> None:
    assert words_in(Path("a.md"), "One.\n```\ncode\n```\nThe guard.\n")[0].startswith("line 5:")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("def ask_guard(): ...", 1),
        ("class SealedBox: ...", 1),
        ("def f(door): self.moment = door", 2),
        ("x = cursor.adapters; y = f(child=1); safeguard = 'door'", 0),
    ],
)
def test_names_are_found_where_they_are_given(text: str, count: int) -> None:
    assert len(names_in(text)) == count
