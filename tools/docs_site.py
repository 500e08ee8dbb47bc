"""Pages of the documentation site that lie elsewhere in the repository: the README and the other pages of the root.

mkdocs calls the hooks below. Links are rewritten on the way, so that one text serves the repository and the site.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tools import sequence  # noqa: E402 - found only now that the folder is known

PAGES = {
    "index.md": "README.md",
    "security.md": "SECURITY.md",
    "contributing.md": "CONTRIBUTING.md",
    "code-of-conduct.md": "CODE_OF_CONDUCT.md",
    "changelog.md": "CHANGELOG.md",
}
"""Each page of the site, and the file of the repository that it shows."""
_LINK = re.compile(r"(?<=\]\()(?P<path>[\w./-]+)(?P<anchor>#[\w-]+)?(?=\))")
_HTML = re.compile(r"""(?<=\ssrc=["'])[\w./-]+(?=["'])|(?<=\ssrcset=["'])[\w./-]+(?=["'])""")
"""Addresses in HTML, which mkdocs passes on as they are."""


_PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">\s*'
    r'<img src="(?P<light>[^"]+)" alt="(?P<alt>[^"]*)">\s*</picture>'
)
"""A picture in two schemes, as the repository's own pages show it. The site has a switch, which a media query does not know."""
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_TITLES = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_PROMPT = re.compile(r'<span class="gp">([^<]*)</span>')
_LONG_WORD = re.compile(r"[^\s&;]{25,}")
CARDS_FROM = 3
"""A table of so many columns is shown as cards where it does not fit: see docs/stylesheets/site.css."""
LONG_NAME = re.compile(r"<code>[^<\s]{21,}")
"""So is one with a name that cannot be broken."""


def on_page_content(html: str, **_: Any) -> str:
    """Tell the cells of wide tables what their column is called, and keep the prompts of commands out of what is copied."""
    html = _PROMPT.sub(r'<span class="gp" data-prompt="\1"></span>', html)
    return _TABLE.sub(lambda found: carded(breakable(found[0])), html)


def breakable(table: str) -> str:
    """The table with places at which a long name may go on in the next line: after a dot, a slash, a colon, a score."""

    def text(found: re.Match[str]) -> str:
        return _LONG_WORD.sub(lambda word: re.sub(r"(?<=[./:=_])(?=\w)", "<wbr>", word[0]), found[0])

    return re.sub(r"(?<=>)[^<]+", text, table)


def on_post_page(output: str, **_: Any) -> str:
    """Name the theme's search dialog, for who hears the page."""
    return output.replace(
        'data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'
    )


def carded(table: str) -> str:
    """The table with the title of its column at every cell, or as it was where it is narrow."""
    titles = [re.sub(r"<[^>]+>|\"", "", title).strip() for title in _TITLES.findall(table)]
    if len(titles) < CARDS_FROM and not LONG_NAME.search(table):
        return table

    def row(found: re.Match[str]) -> str:
        named = iter(titles)
        return re.sub(r"<td\b", lambda _: f'<td data-title="{next(named, "")}"', found[0])

    return _ROW.sub(row, table).replace("<table>", "<table data-cards>", 1)


def both_schemes(text: str) -> str:
    """Pictures of two schemes as the site's own switch shows them."""
    return _PICTURE.sub(r"![\g<alt>](\g<light>#only-light)\n![\g<alt>](\g<dark>#only-dark)", text)


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages from outside docs/."""
    for page, source in PAGES.items():
        text = with_diagrams((ROOT / source).read_text(), source)
        files.append(File.generated(config, page, content=moved(both_schemes(text), source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Point links that leave docs/ at the page that shows the same file."""
    if page.file.src_uri == "index.md":
        page.meta["hide"] = ["navigation"]
    if page.file.src_uri in PAGES:
        return markdown
    source = f"docs/{page.file.src_uri}"
    return moved(both_schemes(with_diagrams(markdown, source)), source)


def with_diagrams(text: str, source: str) -> str:
    """The text with the pictures of tools/sequence.py in the place of its diagrams.

    A site that drew them in the reader's browser would ask another host for the means.
    """

    def picture(found: re.Match[str]) -> str:
        path = posixpath.relpath(f"docs/images/{sequence.file_name(found[1])}", posixpath.dirname(source) or ".")
        return f"![{sequence.title(found[1])}]({path})"

    return sequence.DIAGRAM.sub(picture, text)


def moved(text: str, source: str) -> str:
    """The text with its links as they are on the site; `source` is where it lies in the repository."""
    shown = {path: page for page, path in PAGES.items()}
    here = posixpath.dirname(shown.get(source, source.removeprefix("docs/")))

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match["path"]))
        page = shown.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
        if page is None:
            return match[0]
        return posixpath.relpath(page, here or ".") + (match["anchor"] or "")

    def address(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[0]))
        page = shown.get(source, source.removeprefix("docs/"))
        served = "." if posixpath.basename(page) in ("index.md", "README.md") else posixpath.splitext(page)[0]
        if not target.startswith("docs/"):
            return match[0]
        return posixpath.relpath(target.removeprefix("docs/"), posixpath.join(here, posixpath.basename(served)))

    return _HTML.sub(address, _LINK.sub(link, text))
