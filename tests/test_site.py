"""The documentation as a site: it builds without a warning, shows every page, and asks no other host for anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import docs_site, sequence
from tools.support import public_api
from tools.support.timeouts import HANG

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "guide"
_LOADED = re.compile(r"<(?:script|img|iframe)[^>]+src=[^>]+>|<link[^>]+rel=\"?(?:stylesheet|icon|preload)[^>]*>")

_PICTURE = re.compile(r"<(?:img|source)\b[^>]*?\b(?:src|srcset)=\"?([^\s\">]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == 0, done.stdout
    return folder


def test_every_page_is_there(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        path = page.relative_to(ROOT / "docs").with_suffix("")
        path = path.parent if path.name in ("README", "index") else path
        assert (site / path / "index.html").exists(), page


def test_pages_beside_the_readme_are_pages_and_linked_as_pages(site: Path) -> None:
    start = (site / "index.html").read_text()
    assert 'href="guide/install/"' in start
    assert 'href="security/"' in start
    glossary = (site / "reference" / "glossary" / "index.html").read_text()
    assert 'href="../../#what-it-prevents"' in glossary


def exported() -> tuple[str, ...]:
    """What the browser client exports, as the site writes it in addresses."""
    index = (ROOT / "client-js" / "src" / "index.ts").read_text()
    return tuple(
        name.lower() for names in re.findall(r"export (?:type )?\{ ([\w, ]+) \}", index) for name in names.split(", ")
    )


@pytest.mark.parametrize(("page", "names"), [("python", public_api.names()), ("typescript", exported())])
def test_every_public_name_has_an_entry_that_search_finds(site: Path, page: str, names: tuple[str, ...]) -> None:
    found = set(re.findall(r'<h[2-6] id="([^"]+)"', (site / "reference" / "api" / page / "index.html").read_text()))
    index = json.loads((site / "search" / "search_index.json").read_text())
    searched = {entry["location"] for entry in index["docs"]}
    assert len(names) > 8
    assert [name for name in names if name not in found] == []
    assert [name for name in names if f"reference/api/{page}/#{name}" not in searched] == []


def test_no_page_loads_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        for match in _LOADED.finditer(page.read_text()):
            assert "//" not in match[0].replace("://github.com", ""), f"{page.relative_to(site)}: {match[0]}"


def test_every_picture_is_where_its_page_looks(site: Path) -> None:
    """Addresses in HTML, too, over which a strict build passes."""
    found = [
        (page, address)
        for page in site.rglob("*.html")
        for address in _PICTURE.findall(page.read_text())
        if "://" not in address and not address.startswith("data:") and page.name != "404.html"
    ]
    assert {address for _, address in found} >= {"images/demo-dark.png", "images/demo-light.png"}
    assert [(str(page), address) for page, address in found if not (page.parent / address).exists()] == []


@pytest.mark.parametrize(
    ("source", "moved"),
    [
        ("README.md", "images/x.png"),
        ("docs/architecture.md", "../images/x.png"),
        ("docs/guide/install.md", "../../images/x.png"),
        ("docs/audit/rules/README.md", "../../images/x.png"),
    ],
)
def test_address_in_html_is_moved_to_where_the_page_is_served(source: str, moved: str) -> None:
    there = os.path.relpath(ROOT / "docs" / "images" / "x.png", (ROOT / source).parent)
    for html in ('<img src="%s" alt="">', '<source media="x" srcset="%s">'):
        assert docs_site.moved(html % there, source) == html % moved


def test_the_drawn_diagram_is_the_readmes() -> None:
    found = sequence.DIAGRAM.search((ROOT / "README.md").read_text())
    assert found is not None
    assert sequence.drawn(found[1]) == sequence.PICTURE.read_text(), "run tools/sequence.py"


def test_reasons_that_the_page_explains_are_reasons_that_the_log_gives() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", (GUIDES / "debugging-401.md").read_text(), re.MULTILINE)
    source = "\n".join(path.read_text() for path in (ROOT / "library" / "src" / "django_bearer").rglob("*.py"))
    assert len(rows) > 10
    for reason in rows:
        assert reason in source, reason
