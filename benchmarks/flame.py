"""Where the time of a request goes, as a flame graph: each box is a function, as wide as the time spent below it.

    python -m benchmarks.flame [GROUP …] [--out FOLDER] [--seconds N] [--database NAME]

Our requests of each group (GET, login and refresh by default) run for some seconds through Django's own handler. A
timer looks at the stack about a thousand times a second, waiting for the database included. The file
`flame-GROUP.svg` has the handler at the top; below each function stand those that it calls. The browser shows name
and share of a box under the pointer. A group with several cases of ours, as `GET public` and `GET refused`, gives a
file for each.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import FrameType

from . import measure, project, servers

GROUPS = ("GET", "login", "refresh")
OURS = "django-bearer"
BATCH = 50
INTERVAL = 0.001
"""Seconds between two looks at the stack."""
WIDTH, ROW, LEAST = 1200, 18, 0.3
"""Pixels of the picture, of one box, and the width below which a box is left out."""
COLOURS = (("django_bearer", "#e8743b"), ("psycopg", "#5899da"), ("rest_framework", "#bf9f3f"), ("django", "#8fae5d"))
OTHERS = "#a9a9a9"

Stack = tuple[str, ...]
"""From the handler down, each function as `module:name`."""


def main() -> None:
    """Sample the groups that were asked for, and write their pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "groups", nargs="*", default=list(GROUPS), metavar="GROUP", help="GET, login, refresh, logout …"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/performance"))
    parser.add_argument("--seconds", type=float, default=8, help="seconds of requests of each group (default 8)")
    parser.add_argument("--database", choices=servers.NAMES, default="postgresql")
    asked = parser.parse_args()
    with servers.server(asked.database) as database:
        project.configure(database)
        from . import parties

        found = parties.Parties().groups()
        for group in asked.groups:
            for case in found[group]():
                if case.name.split(",")[0] == OURS:
                    write(group, case, asked)


def write(group: str, case: measure.Case, asked: argparse.Namespace) -> None:
    """Sample one case and write its picture, named after the group and what sets this case apart in it."""
    stacks = sample(case, asked.seconds)
    asked.out.mkdir(parents=True, exist_ok=True)
    name = group + case.name.removeprefix(OURS)
    plain = "".join(each if each.isalnum() or each == " " else "" for each in name).replace(" ", "-").lower()
    file = asked.out / f"flame-{plain}.svg"
    file.write_text(picture(f"{name}, {servers.TITLES[asked.database]}", stacks))
    print(f"{file}: {sum(stacks.values())} samples")


def sample(case: measure.Case, seconds: float) -> Counter[Stack]:
    """How often each stack was seen while requests of this case were answered for so many seconds."""
    seen: Counter[Stack] = Counter()
    signal.signal(signal.SIGALRM, lambda number, frame: seen.update((stack_of(frame),)))
    spent = 0.0
    for environ in case.requests(measure.WARM_UP):
        measure.call(case.handler, environ)
    while spent < seconds:
        for environ in case.requests(BATCH):
            began = time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, INTERVAL * (began % 1 or 1), INTERVAL)
            measure.call(case.handler, environ)
            signal.setitimer(signal.ITIMER_REAL, 0)
            spent += time.perf_counter() - began
    seen.pop((), None)
    return seen


def stack_of(frame: FrameType | None) -> Stack:
    """The functions from the handler down to this frame; none outside of a request."""
    names: list[str] = []
    while frame is not None and frame.f_code is not measure.call.__code__:
        names.append(f"{frame.f_globals.get('__name__', '')}:{_name(frame)}")
        frame = frame.f_back
    return tuple(reversed(names)) if frame is not None else ()


def _name(frame: FrameType) -> str:
    return frame.f_code.co_qualname


@dataclass
class Node:
    """A function in the place where it was called, and how many samples it or what it calls was seen in."""

    name: str
    count: int = 0
    below: dict[str, Node] = field(default_factory=dict)


def tree(stacks: Mapping[Stack, int]) -> Node:
    """The stacks joined where they are the same."""
    root = Node("all")
    for stack, count in stacks.items():
        node = root
        node.count += count
        for name in stack:
            node = node.below.setdefault(name, Node(name))
            node.count += count
    return root


def picture(title: str, stacks: Mapping[Stack, int]) -> str:
    """The flame graph as SVG."""
    root = tree(stacks)
    scale = WIDTH / max(root.count, 1)
    boxes = list(_boxes(root, 0.0, 0, scale, root.count))
    height = ROW * (2 + max((level for level, _ in boxes), default=0))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + ROW}" role="img"'
        f' aria-label="{escape(title)}" font-family="monospace" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{height + ROW}" fill="#fff"/>\n'
        f'<text x="4" y="13" font-weight="bold">{escape(title)}: {root.count} samples</text>\n'
        + "\n".join(box for _, box in boxes)
        + "\n</svg>\n"
    )


def _boxes(node: Node, left: float, level: int, scale: float, whole: int) -> Iterator[tuple[int, str]]:
    """The boxes below a node with their levels, the widest first."""
    for child in sorted(node.below.values(), key=lambda one: -one.count):
        width = child.count * scale
        if width < LEAST:
            continue
        yield level, _box(child, left, ROW * (level + 1), width, 100 * child.count / whole)
        yield from _boxes(child, left, level + 1, scale, whole)
        left += width


def _box(node: Node, left: float, top: int, width: float, share: float) -> str:
    module, _, name = node.name.rpartition(":")
    colour = next((colour for package, colour in COLOURS if module.split(".")[0] == package), OTHERS)
    shown = name[: max(int(width / 7), 0)] if width > 20 else ""
    return (
        f'<g><title>{escape(node.name)} {share:.1f} %</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}"'
        f' height="{ROW - 1}" fill="{colour}"/><text x="{left + 2:.1f}" y="{top + 13}">{escape(shown)}</text></g>'
    )


if __name__ == "__main__":
    main()
