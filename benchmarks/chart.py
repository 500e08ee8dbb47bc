"""A bar chart as SVG, small enough to read in a diff."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, ROW, LEFT, RIGHT, TOP = 640, 34, 170, 70, 48


def bars(title: str, values: Mapping[str, float], dark: bool = False) -> str:
    """Horizontal bars from 0, each with its name before it and its value behind it; for a dark page if `dark`."""
    paper, ink, colour = ("#1e2129", "#e2e4e9", "#6fa8dc") if dark else ("#fff", "#000", "#2b6cb0")
    most = max([*values.values(), 1])
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * len(values) + 12
    body = "\n".join(_bar(name, value, number, scale, colour) for number, (name, value) in enumerate(values.items()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}" font-family="sans-serif" font-size="14" fill="{ink}">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="{paper}"/>\n'
        f'<text x="16" y="28" font-size="16" font-weight="bold">{escape(title)}</text>\n{body}\n</svg>\n'
    )


def _bar(name: str, value: float, number: int, scale: float, colour: str) -> str:
    y = TOP + ROW * number
    middle = y + ROW / 2 + 1
    width = max(value * scale, 1)
    return (
        f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="{ROW - 12}" fill="{colour}"/>'
        f'<text x="{LEFT + width + 8:.0f}" y="{middle:.0f}">{value:g}</text>'
    )
