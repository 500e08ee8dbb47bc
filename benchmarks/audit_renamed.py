"""Give the handlers, views, models and routes of a corpus neutral names, and say what that costs the auditor.

    python -m benchmarks.audit_renamed LABELS CORPUS RENAMED

RENAMED is filled with a copy of every repository in which each class and function of the project is called
`ThingN` or `thing_N` and each word of a route `rN`. Settings, names of frameworks, columns, fields on the wire and
lines stay as they are. Then both are audited and scored by the same labels: what code does is the same in both.
"""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from audit import run, score
from audit_corpus import folder_of, read_labels

from django_bearer_audit.project import Project
from django_bearer_audit.project.source import Module

_ROUTES = frozenset({"path", "re_path", "url", "register"})
_KEPT = re.compile(
    r"__\w+__|Meta|Config|main|setUp|tearDown|urlpatterns|create_user|create_superuser|Migration|Command"
)
_OUTSIDE = re.compile(r"<[^>]*>|\(\?P<[^>]*>|\\[A-Za-z]|[A-Za-z][\w-]*")
Names = dict[str, str]


def neutral(project: Project) -> Names:
    """Full name → neutral last word, for the classes and functions at the top of each module."""
    found: Names = {}
    for module in project.python.modules():
        if "settings" in module.path or module.path.endswith(("manage.py", "wsgi.py", "asgi.py")):
            continue
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not _KEPT.fullmatch(
                node.name
            ):
                name = project.qualname(module, ast.Name(node.name)) or node.name
                kind = "Thing" if isinstance(node, ast.ClassDef) else "thing_"
                found[name] = f"{kind}{len(found)}"
    return found


def renamed(project: Project, module: Module, names: Names) -> str:
    """The text of a module with the new names; every line stays where it is."""
    tables = {full.rpartition(".")[2]: new for full, new in names.items() if new.startswith("Thing")}
    at = dict(_places(project, module, names)) | dict(_routes(module)) | dict(_in_strings(module, names, tables))
    lines = module.text.splitlines(keepends=True)
    for (line, column), (old, new) in sorted(at.items(), reverse=True):
        text = lines[line - 1]
        if text[column : column + len(old)] == old:
            lines[line - 1] = text[:column] + new + text[column + len(old) :]
    return "".join(lines)


Place = tuple[int, int]


def _places(project: Project, module: Module, names: Names) -> Iterator[tuple[Place, tuple[str, str]]]:
    """Where a token is one of the names: at its definition, in an import, and wherever it is used."""
    bound = project.imports.bindings(module)
    owners = {name.rpartition(".")[0] for name in names}
    heads = {local for local, full in bound.items() if full in owners}
    own = {
        name: names[full]
        for name in project.imports.definitions(module)
        if (full := _full(project, module, name)) in names
    }
    taken = {
        local: names[full] for local, full in bound.items() if full in names and local == full.rpartition(".")[2]
    }
    imported = {full.rpartition(".")[2]: names[full] for full in bound.values() if full in names}
    stars = any(alias.name == "*" for node in module.nodes(ast.ImportFrom) for alias in node.names)

    @cache
    def through_stars(name: str) -> str | None:
        return names.get(_full(project, module, name)) if stars else None

    before: list[str] = []
    importing = False
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(module.text).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return
    for token in tokens:
        if token.type == tokenize.NAME:
            if token.string in {"from", "import"} and before[-1:] in ([], ["\n"]):
                importing = token.string == "from"
            new = None
            if before[-1:] == ["."]:
                if before[-2:-1] and before[-2] in heads:
                    new = names.get(f"{bound[before[-2]]}.{token.string}")
            elif importing:
                new = imported.get(token.string)
            else:
                new = own.get(token.string) or taken.get(token.string) or through_stars(token.string)
            if new:
                yield token.start, (token.string, new)
        if token.type == tokenize.NEWLINE:
            importing = False
        if token.type not in {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}:
            before = [*before[-3:], "\n" if token.type == tokenize.NEWLINE else token.string]


def _full(project: Project, module: Module, name: str) -> str:
    return project.qualname(module, ast.Name(name)) or name


def _routes(module: Module) -> Iterator[tuple[Place, tuple[str, str]]]:
    """The first argument of `path(…)` and `register(…)`: its words, not what it takes out of the address."""
    lines = module.text.splitlines()
    for number, call in enumerate(module.nodes(ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        first = call.args[0] if call.args else None
        if name in _ROUTES and isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
            line = lines[first.lineno - 1]
            column = line.find(first.value, len(line.encode()[: first.col_offset].decode(errors="replace")))
            if column >= 0:
                yield (first.lineno, column), (first.value, _neutral_route(first.value, number))


def _neutral_route(route: str, number: int) -> str:
    return _OUTSIDE.sub(lambda found: found[0] if found[0][0] in "<(\\" else f"r{number}", route)


def _in_strings(module: Module, names: Names, tables: Names) -> Iterator[tuple[Place, tuple[str, str]]]:
    """`"shop.auth.ByMail"` in a setting, `"shop.Member"` in a foreign key."""
    for node in module.nodes(ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        owner, _, last = text.rpartition(".")
        new = names.get(text) or (tables.get(last) if owner.isidentifier() or text == last else None)
        if new and re.fullmatch(r"[\w.]+", text):
            line = module.text.splitlines()[node.lineno - 1]
            column = line.find(text, len(line.encode()[: node.col_offset].decode(errors="replace")))
            if column >= 0:
                yield (node.lineno, column), (text, f"{owner}.{new}" if owner else new)


def rename(source: Path, target: Path) -> int:
    """Copy a repository under neutral names; how many names there were."""
    shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
    project = Project(source)
    names = neutral(project)
    for module in project.python.modules():
        text = renamed(project, module, names)
        try:
            ast.parse(text)
        except SyntaxError:
            continue  # better one file as it was than one that is not read
        (target / module.path).write_text(text)
    return len(names)


def main(labels_file: Path, corpus: Path, target: Path) -> None:
    labels = read_labels(labels_file)
    for repo in sorted({folder_of(label["repo"]) for label in labels}):
        if (corpus / repo).is_dir():
            print(f"{rename(corpus / repo, target / repo):6} names  {repo}")
    for folder in (corpus, target):
        told = json.loads(score(labels_file, run(labels, folder))[0].partition("\nFALSE POSITIVE")[0])
        print(
            folder.name,
            {key: told[key] for key in ("recall", "recall_core", "recall_high", "hard_negatives_flagged")},
        )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
