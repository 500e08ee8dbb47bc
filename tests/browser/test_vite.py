"""The Vite recipe of docs/guide/browser.md, as written: its server before `bearer_runserver`, and a browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.newproject import README, ROOT, NewProject
from tests.test_readme import steps
from tools import client

from .test_cross_site import LOGIN, REFRESH

GUIDE = ROOT / "docs" / "guide" / "browser.md"
VITE = ROOT / "client" / "node_modules" / "vite" / "bin" / "vite.js"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def recipe(api: str) -> str:
    [code] = re.findall(r"^`vite.config.js`:\n\n```js\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code).replace("https://localhost:8443", api)


@contextmanager
def vite(folder: Path, api: str, port: int) -> Iterator[str]:
    """Vite's development server over an empty page."""
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "vite.config.mjs").write_text(recipe(api))
    command = ["node", str(VITE), str(folder), "--port", str(port), "--strictPort", "--host", "localhost"]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if str(port) in line:
                break
        else:
            raise AssertionError(said)
        try:
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


@pytest.mark.usefixtures("built")
def test_page_and_api_are_one_origin(tmp_path: Path, browser: Browser) -> None:
    client.ensure()
    page_port, api_port = free_port(), free_port()
    home = tmp_path / "project"
    home.mkdir()
    project = NewProject.start(home).follow(README)
    project.env["XDG_DATA_HOME"] = str(tmp_path / "data")
    project.write(
        "mysite/settings.py",
        f'BEARER["ISSUER"] = "https://localhost:{api_port}"\n'
        f'BEARER["CLIENTS"] = {{"first-party": {{"kind": "browser", "origins": ["http://localhost:{page_port}"]}}}}\n',
        appended=True,
    )
    project.shell(steps()[0])
    with (
        project.serving("manage.py", "bearer_runserver", "--noreload", f"127.0.0.1:{api_port}"),
        vite(tmp_path / "app", f"https://localhost:{api_port}", page_port) as url,
    ):
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        status, body = page.evaluate(LOGIN, ["ann", "correct horse"])
        assert (status, "refresh_token" in body) == (200, False), body
        page.reload()
        status, body = page.evaluate(REFRESH, ["", ""])
        assert status == 200, body
        call = "(token) => fetch('/notes/', { headers: { Authorization: `Bearer ${token}` } }).then((a) => a.status)"
        assert page.evaluate(call, body["access_token"]) == 200
        assert page.evaluate("document.cookie") == ""
        context.close()
