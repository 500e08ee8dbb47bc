"""Takes the pictures in the docs, light and dark: the demo's page, the admin, the site, a report. `make pictures`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, expect  # noqa: E402 - found only now that the folder is known

from demo.running import running  # noqa: E402
from tests.browser.test_admin import FILL  # noqa: E402
from tools import client  # noqa: E402
from tools.support import chromium  # noqa: E402
from tools.support.new_project import INSTALL, NewProject  # noqa: E402
from tools.support.readme_steps import steps  # noqa: E402

TARGET = ROOT / "docs" / "images"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> int:
    client.ensure()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as server,
        chromium.playing() as kind,
        chromium.launched(kind) as browser,
    ):
        context = chromium.profile(
            browser,
            ignore_https_errors=True,
            viewport={"width": 1120, "height": 1240},
            user_agent=f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{browser.version} Safari/537.36",  # not "Headless"
        )
        page = context.new_page()
        page.goto(f"{server.url}/")
        use_demo(page, server.setup.password)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=TARGET / f"demo-{scheme}.png")
            print(f"docs/images/demo-{scheme}.png")
    with tempfile.TemporaryDirectory() as folder, chromium.playing() as kind, chromium.launched(kind) as browser:
        _admin(browser, Path(folder))
        _documentation(browser, Path(folder) / "site")
        _report(browser, Path(folder) / "report.html")
    return 0


def _admin(browser: Browser, folder: Path) -> None:
    """The dashboard."""
    with admin_page(browser, folder) as (page, _):
        expect(page.get_by_text("Active sessions")).to_be_visible()
        _both(page, "admin")


@contextmanager
def admin_page(browser: Browser, folder: Path) -> Iterator[tuple[Page, str]]:
    """A page with a login to the admin, at the dashboard, of a stock project in which something has happened."""
    project = NewProject.start(folder).follow(INSTALL)
    project.shell(steps()[0])
    project.manage("shell", "-c", FILL)
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as url:
        page = browser.new_page(viewport={"width": 1120, "height": 900})
        page.goto(f"{url}/admin/django_bearer/session/dashboard/")
        page.get_by_label("Username").fill("ann")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Log in").click()
        yield page, url


def _documentation(browser: Browser, folder: Path) -> None:
    """The site's first page."""
    build_site(folder)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=SCHEMES[0])
    with served(folder) as url:  # out of a file, the page has no storage, and so neither search nor a scheme
        page.goto(url)
        _both(page, "docs", full_page=False)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder over HTTP: search reads its index by a request."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().split(" port ")[1].split()[0]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def build_site(folder: Path) -> None:
    """The site, as `make docs` builds it."""
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )


def _report(browser: Browser, file: Path) -> None:
    """The first screen of the auditor's report."""
    page = browser.new_page(viewport={"width": 1120, "height": 1240})
    page.goto(f"file://{written_report(file)}")
    _both(page, "report", full_page=False)


def written_report(file: Path) -> Path:
    """The auditor's report of the project that shows every row."""
    command = [sys.executable, "-c", "from django_bearer_audit.cli import main; main()", "vulnerable"]
    told = ["--no-cache", "--format", "html", "--output", str(file), "--fail-on", "never"]
    subprocess.run([*command, *told], cwd=ROOT / "auditor" / "examples", check=True)
    return file


def _both(page: Page, name: str, full_page: bool = True) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)  # colours change in steps
        page.screenshot(path=TARGET / f"{name}-{scheme}.png", full_page=full_page)
        print(f"docs/images/{name}-{scheme}.png")


def use_demo(page: Page, password: str) -> None:
    """Sign in, add two notes, show a theft, and run the attacks."""
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    for note in ("Buy milk", "Return the library book"):
        page.get_by_label("New note").fill(note)
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#notes")).to_contain_text(note)
    page.get_by_role("button", name="Show a theft").click()
    expect(page.locator("#log")).to_contain_text("Session ended")
    page.get_by_role("button", name="Run the attacks").click()
    expect(page.locator("#verdict")).to_contain_text("Nothing they got")
    page.evaluate("document.getElementById('log').scrollTo(0, 0); scrollTo(0, 0)")


if __name__ == "__main__":
    sys.exit(main())
