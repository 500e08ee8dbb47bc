"""The documentation as a site: it builds without a warning, shows every page, and asks no other host for anything."""

from __future__ import annotations

import functools
import html
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tools import docs_site, sequence
from tools.support import chromium, public_api
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


def test_no_page_shows_the_source_of_a_diagram(site: Path) -> None:
    """Drawing it in the reader's browser would take a script of another host."""
    shown = [
        page for page in site.rglob("*.html") if re.search(r"sequenceDiagram|flowchart (TD|LR)", page.read_text())
    ]
    assert [page.parent.name for page in shown if page.parent.name != "changelog"] == []


def test_long_names_in_tables_can_be_broken_and_copied() -> None:
    table = "<table><td><code>django_bearer.integrations.drf</code></td><td>a.b/c and &lt;more&gt;</td></table>"
    broken = docs_site.breakable(table)
    assert "django_<wbr>bearer.<wbr>integrations.<wbr>drf" in broken
    assert broken.replace("<wbr>", "") == table
    assert "a.b/c and &lt;more&gt;" in broken


def test_every_picture_is_where_its_page_looks(site: Path) -> None:
    """Addresses in HTML, too, over which a strict build passes."""
    found = [
        (page, urldefrag(address)[0])
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
        ("docs/security.md", "../images/x.png"),
        ("docs/guide/install.md", "../../images/x.png"),
        ("docs/audit/rules/README.md", "../../images/x.png"),
    ],
)
def test_address_in_html_is_moved_to_where_the_page_is_served(source: str, moved: str) -> None:
    there = os.path.relpath(ROOT / "docs" / "images" / "x.png", (ROOT / source).parent)
    for tag in ('<img src="%s" alt="">', '<source media="x" srcset="%s">'):
        assert docs_site.moved(tag % there, source) == tag % moved


def test_the_drawn_diagrams_are_those_of_the_pages() -> None:
    found = dict(sequence.diagrams())
    assert ROOT / "docs" / "images" / "from-login-to-logout.svg" in found
    for path, diagram in found.items():
        assert sequence.drawn(diagram) == path.read_text(), "run tools/sequence.py"


def test_reasons_that_the_page_explains_are_reasons_that_the_log_gives() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", (GUIDES / "debugging-401.md").read_text(), re.MULTILINE)
    source = "\n".join(path.read_text() for path in (ROOT / "library" / "src" / "django_bearer").rglob("*.py"))
    assert len(rows) > 10
    for reason in rows:
        assert reason in source, reason


_HREF = re.compile(r"<a\b[^>]*?\shref=(?:\"([^\"]+)\"|([^\s>]+))")
_ID = re.compile(r"\s(?:id|name)=(?:\"([^\"]+)\"|([^\s>]+))")


def addresses(page: Path) -> list[str]:
    return [html.unescape(first or second) for first, second in _HREF.findall(page.read_text())]


def test_every_link_leads_somewhere(site: Path) -> None:
    """Anchors, too, and links in HTML, which a strict build does not look at."""
    pages = {f"/{page.relative_to(site)}".removesuffix("index.html"): page for page in site.rglob("*.html")}
    anchors = {
        url: {first or second for first, second in _ID.findall(page.read_text())} for url, page in pages.items()
    }
    broken = []
    for url, page in pages.items():
        for address in addresses(page) if page.name != "404.html" else []:
            target, anchor = urldefrag(urljoin(f"http://site{url}", address))
            if not target.startswith("http://site/"):
                continue
            path = unquote(target.removeprefix("http://site"))
            there = path in pages or (site / path.lstrip("/")).is_file()
            if not there or (anchor and path in pages and unquote(anchor) not in anchors[path]):
                broken.append((url, address))
    assert len(pages) > 100
    assert broken == []


def test_links_to_other_hosts_are_encrypted(site: Path) -> None:
    outside = {link for page in site.rglob("*.html") for link in addresses(page) if "://" in link}
    allowed = ("https://", "http://localhost", "http://127.0.0.1")
    assert [link for link in outside if not link.startswith(allowed)] == []


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """A test prints nothing."""


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.playing() as kind, chromium.launched(kind) as found:
        yield found


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDER_THAN_THE_SCREEN = """[document.documentElement, ...document.querySelectorAll(".md-typeset table")]
    .filter((element) => element.scrollWidth > innerWidth).map((element) => element.innerText.slice(0, 40))"""
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
LOOKED_AT = ("", "tutorial/2-page/", "guide/", "guide/install/", "reference/settings/", "reference/errors/")


@pytest.mark.hard
@pytest.mark.parametrize("scheme", SCHEMES)
def test_pages_are_readable_on_a_telephone_and_ask_no_other_host(
    browser: Browser, served: str, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.profile(browser, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    for path in LOOKED_AT:
        page.goto(served + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], path
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert [url for url in asked if not url.startswith((served, "data:", "blob:"))] == []
    context.close()


@pytest.mark.hard
def test_every_page_fits_a_telephone(browser: Browser, served: str, site: Path) -> None:
    context = chromium.profile(browser, viewport={"width": 390, "height": 844})
    page = context.new_page()
    rules = site / "audit" / "rules"
    too_wide = {}
    for found in sorted(site.rglob("index.html")):
        if found.parent.parent == rules:  # written by one program, all alike
            continue
        page.goto(served + found.relative_to(site).as_posix())
        if widest := page.evaluate(WIDER_THAN_THE_SCREEN):
            too_wide[found.parent.name] = widest
    assert too_wide == {}
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = chromium.profile(browser, viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def test_search_finds_a_task_and_a_setting(page: Page, served: str) -> None:
    page.goto(served)
    for words, link in (
        ("rotate the signing keys", "[href*='guide/rotate-keys/']"),
        ("ACCESS_TOKEN_LIFETIME", "[href*='reference/settings/'][href$='#access_token_lifetime']"),
    ):
        box = page.get_by_role("textbox", name="Search")
        box.fill("")
        box.press_sequentially(words)
        expect(page.locator(f".md-search-result a{link}").first).to_be_visible()


def test_the_pictures_are_those_of_the_scheme_that_the_reader_chose(page: Page, served: str) -> None:
    page.goto(served)
    light, dark = page.locator("img[src*='demo-light']"), page.locator("img[src*='demo-dark']")
    expect(light).to_be_visible()
    expect(dark).to_be_hidden()
    assert light.evaluate("image => image.complete && image.naturalWidth > 0")
    page.locator("label[title=Dark]:visible").click()
    expect(dark).to_be_visible()
    expect(light).to_be_hidden()


def test_the_site_follows_the_readers_system_until_the_reader_chooses(page: Page, served: str) -> None:
    page.goto(served)
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.emulate_media(color_scheme="dark")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


BRIGHTNESS = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  canvas.drawImage(image, 0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 3;
}"""
"""Of a picture on average, from 0 to 255."""


@pytest.mark.hard
def test_each_picture_is_in_the_scheme_that_its_name_says(page: Page, served: str) -> None:
    page.goto(served)
    names = sorted(path.name for path in (ROOT / "docs" / "images").glob("*-*.png"))
    assert len(names) == 8
    wrong = {
        name: brightness
        for name in names
        if ((brightness := page.evaluate(BRIGHTNESS, f"{served}images/{name}")) < 128)
        is not name.endswith("dark.png")
    }
    assert wrong == {}


def test_the_copied_command_has_no_prompt(page: Page, served: str) -> None:
    page.goto(f"{served}tutorial/1-api/")
    block = page.locator(".highlight", has_text="startapp")
    block.hover()
    block.locator("button").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('startapp'))")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == ["django-admin startproject mysite .", "python manage.py startapp notes"]
