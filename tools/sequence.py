"""Draws the sequence diagrams of the README and the pages as docs/images/*.svg, for the site and for readers without mermaid.

    python tools/sequence.py

It knows the few words of mermaid that the diagrams use: accTitle, participant, ->>, -->>, Note over, loop, opt, end. The
title names the file, and says in words what is seen. A picture follows the scheme of the page that it is on.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
DIAGRAM = re.compile(r"^```mermaid\nsequenceDiagram\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^ *accTitle: (.+)$", re.MULTILINE)
WIDTH, MARGIN, HEAD = 580, 84, 54
"""Pixels. A picture is no wider than this, so that a telephone shows letters of nine pixels and more."""
LINE, LETTER = 18, 7.4
"""Pixels of a line of text, and of a letter on average."""
STYLE = """
svg{color-scheme:light dark;background:light-dark(#fff,#1e2629);font:15px sans-serif}
text{fill:light-dark(#1a202c,#e2e8f0)}line,path.a{stroke:light-dark(#4a5568,#a0aec0);fill:none}
rect{fill:light-dark(#ebf4ff,#26324a);stroke:light-dark(#2b6cb0,#7fa8e0)}rect.n{fill:light-dark(#fffbea,#3a3420)}
rect.l{fill:none;stroke-dasharray:4}rect.b{fill:light-dark(#fff,#1e2629);stroke:none}
.life{stroke-dasharray:3}.back{stroke-dasharray:5}
"""


def diagrams() -> Iterator[tuple[Path, str]]:
    """Each picture's file, and the text that it is drawn from."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for found in DIAGRAM.finditer(page.read_text()):
            yield IMAGES / file_name(found[1]), found[1]


def title(diagram: str) -> str:
    found = _TITLE.search(diagram)
    if found is None:
        raise ValueError("a diagram has no accTitle")
    return found[1].strip()


def file_name(diagram: str) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '-', title(diagram).lower()).strip('-')}.svg"


def drawn(diagram: str) -> str:
    """The SVG of a sequence diagram, as text."""
    names = dict(re.findall(r"participant (\w+) as (.+)", diagram))
    gap = (WIDTH - 2 * MARGIN) // (len(names) - 1)
    lanes = {name: MARGIN + gap * number for number, name in enumerate(names)}
    parts: list[str] = []
    frames: list[tuple[int, str]] = []
    y = HEAD
    for line in filter(None, map(str.strip, diagram.splitlines())):
        if line.startswith(("participant ", "accTitle: ")):
            continue
        if match := re.fullmatch(r"(\w+)(--?>>)(\w+): (.+)", line):
            start, end = lanes[match[1]], lanes[match[3]]
            text = _wrapped(match[4], abs(end - start) - 14)
            y += 12 + LINE * len(text)
            parts += _texts((start + end) // 2, y - 7, text)
            parts.append(_arrow(start, end, y, "--" in match[2]))
        elif match := re.fullmatch(r"Note over ([\w,]+): (.+)", line):
            over = [lanes[name] for name in match[1].split(",")]
            left, right = max(8, min(over) - MARGIN + 12), min(WIDTH - 8, max(over) + MARGIN - 12)
            text = _wrapped(match[2], right - left - 12)
            high = 12 + LINE * len(text)
            y += 14
            parts.append(f'<rect class="n" x="{left}" y="{y}" width="{right - left}" height="{high}" rx="3"/>')
            y += high
            parts += _texts((left + right) // 2, y - 11, text, plain=True)
        elif match := re.fullmatch(r"(?:loop|opt) (.+)", line):
            y += LINE + 16
            frames.append((y - LINE - 4, match[1]))
        elif line == "end":
            top, text_of_frame = frames.pop()
            y += 14
            parts.insert(0, f'<rect class="l" x="6" y="{top}" width="{WIDTH - 12}" height="{y - top}"/>')
            parts.append(
                f'<rect class="b" x="10" y="{top + 2}" width="{int(len(text_of_frame) * LETTER) + 8}" height="{LINE}"/>'
                f'<text x="14" y="{top + 15}" font-weight="bold">{escape(text_of_frame)}</text>'
            )
        else:
            raise ValueError(f"a line this drawing does not know: {line}")
    heads = [
        f'<rect x="{x - 72}" y="10" width="144" height="30" rx="4"/>{"".join(_texts(x, 30, [names[name]], plain=True))}'
        for name, x in lanes.items()
    ]
    height = y + 24
    life = [f'<line class="life" x1="{x}" y1="40" x2="{x}" y2="{height - 8}"/>' for x in lanes.values()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{escape(title(diagram))}"><style>{STYLE}</style>\n'
        + "\n".join([*life, *heads, *parts])
        + "\n</svg>\n"
    )


def _wrapped(text: str, pixels: int) -> list[str]:
    return textwrap.wrap(text, int(pixels / LETTER), break_long_words=False)


def _texts(x: int, y: int, lines: list[str], plain: bool = False) -> Iterator[str]:
    """The lines of a text; the last one stands at `y`. What stands on a lane gets a ground of its own, unless plain."""
    for number, line in enumerate(reversed(lines)):
        wide = int(len(line) * LETTER)
        if not plain:
            yield (
                f'<rect class="b" x="{x - wide // 2}" y="{y - number * LINE - 13}" width="{wide}" height="{LINE - 1}"/>'
            )
        yield f'<text x="{x}" y="{y - number * LINE}" text-anchor="middle">{escape(line)}</text>'


def _arrow(start: int, end: int, y: int, answers: bool) -> str:
    tip = 7 if end < start else -7
    line = f'<line{" class=" + chr(34) + "back" + chr(34) if answers else ""} x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>'
    return f'{line}<path class="a" d="M{end + tip} {y - 4} L{end} {y} L{end + tip} {y + 4}"/>'


def main() -> None:
    for path, diagram in diagrams():
        path.write_text(drawn(diagram))
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
