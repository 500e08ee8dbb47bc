"""The Node server of docs/guide/next.md within Next itself: installed by npm, before a server of ours.

The API rotates the token here. The browser that lost an answer comes again with the old cookie, within the grace
period and an hour after it: the derived retry key keeps the session.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tools import client
from tools.support.new_project import INSTALL, ROOT, NewProject, shell_environment
from tools.support.programs import free_port, running
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

pytestmark = pytest.mark.hard
APP = ROOT / "tests" / "live" / "next_app"
SETTINGS = 'BEARER["ACCESS_TOKEN_LIFETIME"] = 30  # Next renews it half a minute before it ends: each time\n'
URLS = """
from django.http import HttpResponse

from django_bearer import public
from django_bearer.primitives import clock


@public
def advance(request):
    clock.advance(3600)
    return HttpResponse()


urlpatterns += [path("advance/", advance)]
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Next and the app, installed from the lock file."""
    if not client.available():
        if os.environ.get("CI") == "true":
            pytest.fail(client.MISSING)
        pytest.skip(client.MISSING)
    folder = tmp_path_factory.mktemp("next") / "app"
    shutil.copytree(APP, folder)
    page = (ROOT / "docs" / "guide" / "next.md").read_text()
    [session] = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (folder / "app" / "session.ts").write_text(session)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, timeout=HANG, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = NewProject.start(tmp_path_factory.mktemp("api")).follow(INSTALL)
    project.write("mysite/settings.py", SETTINGS, appended=True)
    project.write("mysite/urls.py", URLS, appended=True)
    project.shell(steps()[0])
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as url:
        yield url


@pytest.fixture(scope="module", params=["dev", "start"])
def page(request: pytest.FixtureRequest, app: Path, api: str) -> Iterator[httpx.Client]:
    """A browser's requests to Next, once it is ready: the server for development, and what `next build` makes."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    given = {
        "API_URL": f"{api}/",
        "PUBLIC_ORIGIN": origin,
        "SESSION_SECRET": "of a test, and of at least 32 characters",
        "NEXT_TELEMETRY_DISABLED": "1",
    }
    program = app / "node_modules" / "next" / "dist" / "bin" / "next"
    environment = {**shell_environment(), **given}
    if request.param == "start":
        build = ["node", str(program), "build"]
        built = subprocess.run(
            build, cwd=app, env=environment, capture_output=True, text=True, timeout=HANG, check=False
        )
        assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    command = ["node", str(program), request.param, "--port", str(port), "--hostname", "127.0.0.1"]
    with (
        running(command, app, "Ready", environment),
        httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=HANG) as found,
    ):
        yield found


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    """The header for the cookie that an answer sets, which a client over plain HTTP would not send."""
    found = answer.headers["Set-Cookie"]
    assert re.match(r"__Host-session=[\w-]+; Path=/; Secure; HttpOnly;", found), found
    return {"Cookie": found.partition(";")[0]}


def test_a_lost_answer_ends_no_session(page: httpx.Client, api: str) -> None:
    login = page.post("/api/login", json={"username": "ann", "password": "correct horse"})
    assert login.status_code == 204, login.text
    old = cookie_of(login)
    lost = page.get("/api/notes", headers=old)
    assert (lost.status_code, lost.json()["owner"]) == (200, "ann")
    assert cookie_of(lost) != old
    assert page.get("/api/notes", headers=old).status_code == 200, "within the grace period"
    assert httpx.get(f"{api}/advance/", timeout=HANG).status_code == 200
    again = page.get("/api/notes", headers=old)
    assert (again.status_code, again.json()["owner"]) == (200, "ann"), "an hour later, by the retry key"
    assert page.get("/api/notes", headers=cookie_of(again)).status_code == 200
    assert page.post("/api/logout", headers=old).status_code == 204
    ended = page.get("/api/notes", headers=cookie_of(again))
    assert (ended.status_code, "Max-Age=0" in ended.headers["Set-Cookie"]) == (401, True)


def test_no_other_site_changes_anything(page: httpx.Client) -> None:
    body = {"username": "ann", "password": "correct horse"}
    assert page.post("/api/login", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert page.post("/api/login", json={**body, "password": "wrong"}).status_code == 401
    assert page.get("/api/notes").status_code == 401
