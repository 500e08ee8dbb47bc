"""Takes the README's pictures of the demo's page, light and dark: `python tools/pictures.py` or `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect  # noqa: E402 - found only now that the folder is known

from demo.running import running  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tools import client  # noqa: E402

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
        context = browser.new_context(
            ignore_https_errors=True,
            viewport={"width": 1120, "height": 900},
            user_agent=f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{browser.version} Safari/537.36",  # not "Headless"
        )
        page = context.new_page()
        page.goto(f"{server.url}/")
        page.get_by_label("Password").fill(server.place.password)
        page.get_by_role("button", name="Sign in").click()
        _furnish(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=TARGET / f"demo-{scheme}.png", full_page=True)
            print(f"docs/images/demo-{scheme}.png")
    return 0


def _furnish(page: Page) -> None:
    """Something to look at: two notes, a renewal, and the attacks."""
    for note in ("Buy milk", "Return the library book"):
        page.get_by_label("New note").fill(note)
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#notes")).to_contain_text(note)
    page.get_by_role("button", name="Run the attacks").click()
    expect(page.locator("#verdict")).to_contain_text("Nothing they got", timeout=30_000)


if __name__ == "__main__":
    sys.exit(main())
