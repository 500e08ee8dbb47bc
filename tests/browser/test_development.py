"""Development as docs/guide/browser.md has it: the API by `bearer_runserver`, the page by Vite, one session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tools import client
from tools.support.new_project import INSTALL, ROOT, NewProject, blocks
from tools.support.programs import free_port, running
from tools.support.readme_steps import steps

pytestmark = pytest.mark.hard

GUIDE = ROOT / "docs" / "guide" / "browser.md"
PAGE = """<!doctype html><title>dev</title><script type="module">
import { createClient } from "@django-bearer/client";
window.bearer = createClient({ api: "/" });
</script>"""


@contextmanager
def vite(folder: Path, port: int) -> Iterator[str]:
    """Vite's development server, once it says that it is there."""
    program = client.CLIENT / "node_modules" / "vite" / "bin" / "vite.js"
    command = ["node", str(program), "--port", str(port), "--strictPort", "--host", "localhost"]
    with running(command, folder, "Local"):
        yield f"http://localhost:{port}"


@pytest.fixture
def front_end(built: None, tmp_path: Path) -> Path:
    """A page that uses the client, with the guide's configuration of Vite."""
    folder = tmp_path / "front"
    (folder / "node_modules" / "@django-bearer").mkdir(parents=True)
    packed = folder / "node_modules" / "@django-bearer" / "client"
    packed.mkdir()
    shutil.copytree(client.CLIENT / "dist", packed / "dist")
    shutil.copy(client.CLIENT / "package.json", packed)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "index.html").write_text(PAGE)
    return folder


def test_the_guides_recipe(context: BrowserContext, front_end: Path, tmp_path: Path) -> None:
    api, page_port = free_port(), free_port()
    [config] = [block.code for block in blocks(GUIDE) if "defineConfig" in block.code or "proxy: {" in block.code]
    (front_end / "vite.config.js").write_text(config.replace("8443", str(api)))
    assert '"origins": ["http://localhost:5173"]' in GUIDE.read_text(), "Vite's own address"
    first_party = {"kind": ["browser", "native"], "origins": [f"http://localhost:{page_port}"]}

    folder = tmp_path / "project"
    folder.mkdir()
    project = NewProject.start(folder).follow(INSTALL)
    project.env["XDG_DATA_HOME"] = str(tmp_path / "data")
    project.write(
        "mysite/settings.py",
        f'BEARER |= {{"ISSUER": "https://localhost:{api}", "CLIENTS": {{"first-party": {first_party!r}}}}}\n',
        appended=True,
    )
    project.shell(steps()[0])
    arguments = ("manage.py", "bearer_runserver", "--noreload", f"127.0.0.1:{api}")
    with project.serving(*arguments), vite(front_end, page_port) as url:
        page = context.new_page()
        page.goto(url)
        page.wait_for_function("window.bearer")
        login = "bearer.login({ username: 'ann', password: 'correct horse' }).then((s) => s.status, (e) => e.code)"
        assert page.evaluate(login) == "in"
        assert page.evaluate("bearer.fetch('/notes/').then((answer) => answer.status)") == 200
        page.reload()
        page.wait_for_function("window.bearer")
        assert page.evaluate("bearer.ready.then((session) => session.status)") == "in"
        page.evaluate("bearer.logout()")
        page.reload()
        page.wait_for_function("window.bearer")
        assert page.evaluate("bearer.ready.then((session) => session.status)") == "out"
