"""Syntax newer than this Python, told in older words: the one file that uses tree-sitter's grammar of Python.

A project may run on a later Python than the auditor. The grammar says where the newer syntax stands, and it is
replaced by what means the same to a rule: `type X = int` by `X = int`, `def f[T](x)` by `def f(x)`, `except A, B:` by
`except (A, B):`, a template string by an f-string, and quotes of an f-string by longer ones. Every line keeps its
number. Whether what results is Python is for Python's own parser to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

_MOST = 300_000
"""Bytes of a file: the grammar answers no signal while it reads."""
_NEWER = re.compile(
    rb"^\s*type\s+\w|\b(?:def|class)\s+\w+\s*\[|\bexcept\*?\s+[\w.]+\s*,|(?<!\w)[rR]?[tTfF][rR]?[\"']", re.M
)
_OLDER = re.compile(rb"^\s*(?:print|exec)\s+[\w\"']|\braise\s+[\w.]+\s*,", re.M)
"""Python 2, which no later Python reads."""
_OTHER = {b'"': b"'", b"'": b'"'}
Edit = tuple[int, int, bytes]
"""From one byte to another, and what stands there instead."""


def available() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(name) for name in ("tree_sitter", "tree_sitter_python"))


def in_older_words(data: bytes) -> bytes | None:
    """The file without newer syntax, line by line; None when there is none in it, or nobody to read it."""
    if len(data) > _MOST or not _NEWER.search(data) or _OLDER.search(data) or not available():
        return None
    edits = sorted({edit for node in _nodes(_parsed(data)) for edit in _edits(node, data)}, reverse=True)
    for begin, end, text in edits:
        data = data[:begin] + text + data[end:]
    return data if edits else None


def _parsed(data: bytes) -> tree_sitter.Node:
    import tree_sitter

    grammar = import_module("tree_sitter_python")
    return tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(data).root_node


def _nodes(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting += node.named_children
        yield node


def _edits(node: tree_sitter.Node, data: bytes) -> Iterator[Edit]:
    match node.type:
        case "type_alias_statement":
            yield from _alias(node, data)
        case "function_definition" | "class_definition":
            for child in node.named_children:
                if child.type == "type_parameter":
                    yield child.start_byte, child.end_byte, _blank(data[child.start_byte : child.end_byte])
        case "except_clause":
            caught = [child for child in node.named_children if child.type not in {"block", "comment"}]
            if len(caught) > 1:
                yield caught[0].start_byte, caught[0].start_byte, b"("
                yield caught[-1].end_byte, caught[-1].end_byte, b")"
        case "string":
            yield from _string(node, data)


def _alias(node: tree_sitter.Node, data: bytes) -> Iterator[Edit]:
    """`type Pair[T] = tuple[T, T]` is an assignment to `Pair`."""
    left = node.named_children[0]
    name = re.match(rb"[\w\x80-\xff]+", data[left.start_byte : left.end_byte])
    if name is not None:
        rest = data[node.start_byte : left.end_byte]
        yield node.start_byte, left.end_byte, name[0] + _blank(rest[len(name[0]) :])


def _string(node: tree_sitter.Node, data: bytes) -> Iterator[Edit]:
    """A string with expressions in it, whatever these hold."""
    if not any(child.type == "interpolation" for child in node.named_children) and not _is_template(node, data):
        return
    first, last = node.children[0], node.children[-1]
    begin = data[first.start_byte : first.end_byte]
    prefix, quote = begin.rstrip(b"\"'"), begin.lstrip(b"fFrRtT")
    inside = [child for child in node.named_children if child.type == "interpolation"]
    for each in (each for child in inside for each in _nodes(child)):
        if each.type in {"escape_sequence", "comment"}:
            yield each.start_byte, each.end_byte, _blank(data[each.start_byte : each.end_byte])
    held = b"".join([data[child.start_byte : child.end_byte] for child in inside])
    longer = len(quote) == 1 and (quote in held or b"\n" in held)
    written = prefix.replace(b"t", b"f").replace(b"T", b"F")
    if longer:
        quote = (quote if _depth(node) % 2 == 0 else _OTHER[quote]) * 3
        yield last.start_byte, last.end_byte, quote
    if longer or written != prefix:
        yield first.start_byte, first.end_byte, written + quote


def _depth(node: tree_sitter.Node) -> int:
    """How many strings it lies in: each needs quotes of its own."""
    depth, above = 0, node.parent
    while above is not None:
        depth += above.type == "string"
        above = above.parent
    return depth


def _is_template(node: tree_sitter.Node, data: bytes) -> bool:
    first = node.children[0]
    return b"t" in data[first.start_byte : first.end_byte].lower()


def _blank(text: bytes) -> bytes:
    """Spaces in its place; a line that ends in it goes on."""
    return re.sub(rb"[^\n]", b" ", text).replace(b"\n", b"\\\n")
