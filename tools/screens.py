"""Takes pictures of every kind of page at three widths, light and dark, to look at: `python tools/screens.py FOLDER`.

The pages are those of the site, the demo, the admin and a report. What axe finds, and what is wider than the window,
is printed. The pictures in the docs are those of `tools/pictures.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - found only now that the folder is known
from playwright.sync_api import Browser, Page  # noqa: E402

from demo.running import running  # noqa: E402
from tools import client, pictures  # noqa: E402
from tools.support import chromium  # noqa: E402

WIDTHS = (390, 768, 1440)
TALLEST = 6000
"""Pixels of a long page that are shown."""
SITE = (
    *("", "tutorial/1-api/", "guide/install/", "guide/operating/", "explain/packages/", "explain/rotation/"),
    *("reference/settings/", "reference/errors/", "reference/checks/", "reference/events/", "reference/api/python/"),
    *("security/", "architecture/", "architecture/modules/", "explain/throttling/", "audit/usage/", "audit/rules/"),
)
ADMIN = ("session/dashboard/", "session/", "apitoken/", "signingkey/", "securityeventrecord/")
WIDER = """() => [...document.querySelectorAll("body *")].filter(one => {
  const box = one.getBoundingClientRect();
  if (box.right <= innerWidth + 1 || !box.width || getComputedStyle(one).visibility === "hidden") return false;
  for (let up = one.parentElement; up && up !== document.body; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== "visible") return false;
  return true;
}).slice(0, 3).map(one => `${one.tagName}.${one.className}`)"""


def main(folder: Path, *parts: str) -> int:
    """Take the pictures of the parts named (site, demo, admin, report), of all without a name."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium.playing() as kind, chromium.launched(kind) as browser:
        for part in parts or PARTS:
            PARTS[part](browser, Path(scratch) / part, folder)
    return 0


def site(browser: Browser, scratch: Path, folder: Path) -> None:
    """A page of each kind."""
    pictures.build_site(scratch)
    with pictures.served(scratch) as url:
        page = browser.new_page()
        for address in SITE:
            page.goto(f"{url}/{address}")
            take(page, folder, f"site-{address.strip('/').replace('/', '-') or 'start'}")


def demo(browser: Browser, scratch: Path, folder: Path) -> None:
    """The page before the login, and after everything on it was used."""
    client.ensure()
    scratch.mkdir()
    with running(scratch) as server:
        page = chromium.profile(browser, ignore_https_errors=True).new_page()
        page.goto(f"{server.url}/")
        take(page, folder, "demo-before")
        pictures.use_demo(page, server.setup.password)
        take(page, folder, "demo-after")


def admin(browser: Browser, scratch: Path, folder: Path) -> None:
    """The pages that the package adds to Django's admin."""
    scratch.mkdir()
    with pictures.admin_page(browser, scratch) as (page, url):
        for address in ADMIN:
            page.goto(f"{url}/admin/django_bearer/{address}")
            take(page, folder, f"admin-{address.strip('/').replace('/', '-')}")


def report(browser: Browser, scratch: Path, folder: Path) -> None:
    """The auditor's report."""
    scratch.mkdir()
    page = browser.new_page()
    page.goto(f"file://{pictures.written_report(scratch / 'report.html')}")
    take(page, folder, "report")


PARTS = {"site": site, "demo": demo, "admin": admin, "report": report}


def take(page: Page, folder: Path, name: str) -> None:
    """One page at every width in both schemes, with what is wrong with it."""
    for scheme in pictures.SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(200)
            wrong = [*page.evaluate(WIDER)]
            if width == WIDTHS[0]:
                wrong += [
                    f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]
                ]
            height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
            file = folder / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
            print(file.name, *wrong, sep="\n    ", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
