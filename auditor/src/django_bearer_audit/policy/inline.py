"""Suppressions written beside the code: `# bearer: ignore[BT601] -- reason`."""

from __future__ import annotations

import ast
import bisect
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.finding import Finding
from django_bearer_audit.policy.lines import Lines
from django_bearer_audit.project.syntax import tree_of
from django_bearer_audit.project.walking import walk

MARK = b"bearer: ignore"
_COMMENT = re.compile(r"(?:#|//|/\*|<!--|\{#)\s*(bearer:\s*ignore\b.*)")
_SAID = re.compile(r"bearer:\s*ignore\s*(?:\[(?P<ids>[^\]]*)\])?\s*(?:--\s*(?P<reason>.*))?")
_CLOSED = re.compile(r"\s*(?:\*/|-->|#\})\s*\}?\s*$")
_ID = re.compile(r"BT[1-8]\d\d")


class Suppression(NamedTuple):
    """One comment: the rules it silences, why, and the lines of the statement it stands in."""

    path: str
    line: int
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int

    @property
    def problem(self) -> str:
        if not self.rules or not all(_ID.fullmatch(rule) for rule in self.rules):
            return "a suppression names its rules: # bearer: ignore[BT601] -- reason"
        return "" if self.reason else "a suppression needs a reason: # bearer: ignore[BT601] -- reason"

    def covers(self, finding: Finding) -> bool:
        where = finding.where
        if finding.rule not in self.rules or where.path != self.path or self.problem:
            return False
        return self.first <= where.line_start <= self.last or where.line_start <= self.line <= where.line_end


def suppressions(path: str, lines: Lines) -> Iterator[Suppression]:
    """Every suppression of a file."""
    text = lines.text(path)
    comments = _python_comments(text) if path.endswith(".py") else _other_comments(text)
    found = [(line, alone, said) for line, alone, comment in comments if (said := _COMMENT.search(comment))]
    spans = _Statements(text) if found and path.endswith(".py") else None
    for line, alone, said in found:
        parts = _SAID.match(_CLOSED.sub("", said[1]))
        rules = tuple(part.strip() for part in ((parts and parts["ids"]) or "").split(",") if part.strip())
        reason = ((parts and parts["reason"]) or "").strip()
        first, last = spans.around(line, alone) if spans else (line, line + alone)
        yield Suppression(path, line, rules, reason, first, last)


def _python_comments(text: str) -> Iterator[tuple[int, bool, str]]:
    """(line, alone on it, comment): only real comments, never the inside of a string."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], not token.line[: token.start[1]].strip(), token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _other_comments(text: str) -> Iterator[tuple[int, bool, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        found = _COMMENT.search(line)
        if found:
            yield number, not line[: found.start()].strip(" \t{"), line[found.start() :]


class _Statements:
    """The lines of each statement of a module; of a compound one only its head."""

    def __init__(self, text: str) -> None:
        tree = tree_of(text.encode("utf-8", "replace"), "")
        nodes = walk(tree) if isinstance(tree, ast.Module) else iter(())
        self._spans = sorted({_span(node) for node in nodes if isinstance(node, ast.stmt)})
        self._starts = [first for first, _ in self._spans]
        heads = (node for node in (walk(tree) if isinstance(tree, ast.Module) else ()) if isinstance(node, ast.stmt))
        self._heads = {_span(node): _head_end(node) for node in heads}

    def around(self, line: int, alone: bool) -> tuple[int, int]:
        """The statement a comment stands in, or the one that follows a comment alone on its line."""
        holding = [span for span in self._spans if span[0] <= line <= span[1]]
        if alone:  # below the head of a compound statement it belongs to the first of its body
            holding = [span for span in holding if line <= self._heads[span]]
        if holding:
            return max(holding)
        following = bisect.bisect_left(self._starts, line)
        return self._spans[following] if alone and following < len(self._spans) else (line, line)


def _head_end(node: ast.stmt) -> int:
    """The last line of an expression in the head of a compound statement, or of any other statement."""
    if not (getattr(node, "body", None) or getattr(node, "cases", None)):
        return node.end_lineno or node.lineno
    inner = ast.stmt | ast.ExceptHandler | ast.match_case
    waiting = [child for child in ast.iter_child_nodes(node) if not isinstance(child, inner)]
    ends = [node.lineno]
    for child in waiting:
        waiting += ast.iter_child_nodes(child)
        ends.append(getattr(child, "end_lineno", 0))
    return max(ends)


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    body: list[ast.stmt] = getattr(node, "body", None) or getattr(node, "cases", None) or []
    if not body:
        return first, node.end_lineno or node.lineno
    inner = body[0]
    return first, max(first, (inner.lineno if isinstance(inner, ast.stmt) else first) - 1)
