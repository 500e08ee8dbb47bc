"""Draws the README's sequence diagram as docs/images/session-lifecycle.svg, for the site and for readers without mermaid.

    python tools/sequence.py

It knows the few words of mermaid that the diagram uses: participant, ->>, -->>, Note over, loop, end.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "session-lifecycle.svg"
DIAGRAM = re.compile(r"^```mermaid\nsequenceDiagram\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GAP, LEFT, TOP, ROW = 420, 120, 50, 34
STYLE = """
svg{color-scheme:light dark;background:light-dark(#fff,#1b1f27);font:13px sans-serif}
text{fill:light-dark(#1a202c,#e2e8f0)}line,path.a{stroke:light-dark(#4a5568,#a0aec0);fill:none}
rect{fill:light-dark(#ebf4ff,#26324a);stroke:light-dark(#2b6cb0,#7fa8e0)}rect.n{fill:light-dark(#fffbea,#3a3420)}
rect.l{fill:none;stroke-dasharray:4}.life{stroke-dasharray:3}.back{stroke-dasharray:5}
"""


def drawn(diagram: str) -> str:
    """The SVG of a sequence diagram, as text."""
    lanes: dict[str, int] = {}
    parts: list[str] = []
    heads: list[str] = []
    loops: list[tuple[int, str]] = []
    y = TOP
    for line in filter(None, map(str.strip, diagram.splitlines())):
        if match := re.fullmatch(r"participant (\w+) as (.+)", line):
            lanes[match[1]] = x = LEFT + GAP * len(lanes)
            heads.append(f'<rect x="{x - 70}" y="14" width="140" height="30" rx="4"/>{_text(x, 34, match[2])}')
        elif match := re.fullmatch(r"(\w+)(--?>>)(\w+): (.+)", line):
            y += ROW
            parts.append(_arrow(lanes[match[1]], lanes[match[3]], y, match[4], "--" in match[2]))
        elif match := re.fullmatch(r"Note over ([\w,]+): (.+)", line):
            y += ROW + 4
            middle = sum(lanes[name] for name in match[1].split(",")) // len(match[1].split(","))
            wide = 16 + int(len(match[2]) * 6.9)
            parts.append(f'<rect class="n" x="{middle - wide // 2}" y="{y - 20}" width="{wide}" height="28"/>')
            parts.append(_text(middle, y - 1, match[2]))
        elif match := re.fullmatch(r"loop (.+)", line):
            y += ROW
            loops.append((y - 16, match[1]))
        elif line == "end":
            start, title = loops.pop()
            y += 16
            width = 2 * LEFT - 40 + GAP * (len(lanes) - 1)
            parts.append(f'<rect class="l" x="20" y="{start}" width="{width}" height="{y - start}"/>')
            parts.append(f'<text x="28" y="{start + 16}">{escape(title)}</text>')
        else:
            raise ValueError(f"a line this drawing does not know: {line}")
    height, width = y + 40, 2 * LEFT + GAP * (len(lanes) - 1)
    life = [f'<line class="life" x1="{x}" y1="44" x2="{x}" y2="{height - 16}"/>' for x in lanes.values()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="From login to logout"><style>{STYLE}</style>\n'
        + "\n".join([*life, *heads, *parts])
        + "\n</svg>\n"
    )


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _arrow(start: int, end: int, y: int, text: str, answers: bool) -> str:
    tip = 7 if end < start else -7
    line = f'<line{" class=" + chr(34) + "back" + chr(34) if answers else ""} x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>'
    head = f'<path class="a" d="M{end + tip} {y - 4} L{end} {y} L{end + tip} {y + 4}"/>'
    return line + head + _text((start + end) // 2, y - 6, text)


def main() -> None:
    found = DIAGRAM.search(README.read_text())
    if found is None:
        raise SystemExit("README.md has no sequence diagram")
    PICTURE.write_text(drawn(found[1]))


if __name__ == "__main__":
    main()
