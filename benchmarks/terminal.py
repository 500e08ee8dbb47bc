"""What the benchmarks show a person: a bar while they run, a table when they are done."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

WIDTH = 30
T = TypeVar("T")


def progress(steps: Sequence[T], label: str) -> Iterator[T]:
    """The steps one by one, with a bar on stderr when that is a terminal."""
    shown = sys.stderr.isatty()
    for done, step in enumerate(steps):
        if shown:
            full = WIDTH * done // len(steps)
            print(f"\r{label:24} [{'#' * full:{WIDTH}}] {done}/{len(steps)}", end="", file=sys.stderr, flush=True)
        yield step
    if shown:
        print(f"\r{'':{WIDTH + 44}}\r", end="", file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with its columns lined up, the first to the left and the others to the right."""
    body = [list(row) for row in rows]
    widths = [max(len(line[number]) for line in [list(head), *body]) for number in range(len(head))]
    rule = [":" + "-" * (width - 1) if not number else "-" * (width - 1) + ":" for number, width in enumerate(widths)]
    lines = [_line(head, widths), "| " + " | ".join(rule) + " |", *(_line(row, widths) for row in body)]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "| " + " | ".join([f"{first[0]:{first[1]}}", *(f"{cell:>{width}}" for cell, width in rest)]) + " |"
