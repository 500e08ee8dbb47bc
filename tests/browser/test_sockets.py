"""The client's sockets in a real browser: opened by a ticket, renewed, closed by a logout elsewhere, opened again."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tools import client
from tools.support import chromium
from tools.support.new_project import INSTALL, ROOT, NewProject
from tools.support.programs import free_port
from tools.support.readme_steps import certify, steps
from tools.support.timeouts import HANG

pytestmark = pytest.mark.hard

GUIDE = ROOT / "docs" / "guide" / "websockets.md"
SHORT = "from django_bearer.http import open_sockets\n\nopen_sockets.EVERY = 0.5\n"
"""Written into the project, so that the test does not wait for ten seconds."""
PAGES = """
from django.http import HttpResponse

from django_bearer import public


@public
def blank(request):
    return HttpResponse("<!doctype html><title>blank</title>")


@public
def script(request):
    return HttpResponse(open({path!r}, "rb").read(), content_type="text/javascript")


urlpatterns += [path("blank/", blank), path("client.js", script)]
"""
OPEN = """async ([username, password]) => {
  const { createClient } = await import("/client.js");
  window.bearer = createClient({ api: "/" });
  await window.bearer.login({ username, password });
  window.heard = []; window.opened = 0; window.ended = "no";
  window.chat = window.bearer.socket("/ws/chat/");
  chat.onopen = () => { window.opened++; };
  chat.onmessage = (text) => heard.push(JSON.parse(text).text);
  chat.onclose = (error) => { window.ended = error ? error.code : "closed"; };
}"""


@pytest.fixture(scope="module")
def project(built: None, tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("sockets")).follow(INSTALL).follow(GUIDE)
    project.write("mysite/asgi.py", SHORT, appended=True)
    project.write("mysite/urls.py", PAGES.format(path=str(client.MODULE)), appended=True)
    issuer = 'BEARER["ISSUER"] = __import__("os").environ.get("ISSUER", "https://api.example.com")\n'
    project.write("mysite/settings.py", issuer, appended=True)
    project.shell(steps()[0])
    certify(project.folder)
    return project


def serving(project: NewProject, port: str) -> AbstractContextManager[str]:
    tls = ("--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem")
    return project.serving("-m", "uvicorn", "mysite.asgi:application", *tls, "--port", port)


@contextmanager
def talking(browser: Browser, url: str) -> Iterator[Page]:
    """A page with an open socket."""
    context = chromium.profile(browser, ignore_https_errors=True)
    found = context.new_page()
    found.goto(f"{url}/blank/")
    found.evaluate(OPEN, ["ann", "correct horse"])
    found.wait_for_function("opened === 1")
    yield found
    context.close()


def says(page: Page, text: str) -> None:
    page.evaluate("(text) => chat.send(JSON.stringify({ text }))", text)
    page.wait_for_function("(text) => heard.includes(text)", arg=text)


def test_it_is_renewed_and_ended_by_a_logout_in_another_process(browser: Browser, project: NewProject) -> None:
    port = str(free_port())
    project.env["ISSUER"] = f"https://127.0.0.1:{port}"
    trusted = ssl.create_default_context(cafile=project.folder / "ca.pem")
    with (
        serving(project, port) as url,
        serving(project, "0") as elsewhere,
        talking(browser, url) as page,
        httpx.Client(base_url=elsewhere, verify=trusted, timeout=HANG) as other,
    ):
        says(page, "tea")
        page.evaluate("bearer.refresh()")
        says(page, "more tea")
        assert page.evaluate("[opened, chat.state, ended]") == [1, "open", "no"]
        login = other.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
        mine = {"Authorization": f"Bearer {login.json()['access_token']}"}
        assert other.post("/auth/logout-everywhere/", headers=mine).status_code == 204
        page.wait_for_function("ended === 'session_changed'")
        assert page.evaluate("chat.state") == "closed"


def test_it_is_opened_again_after_a_loss(browser: Browser, project: NewProject) -> None:
    port = str(free_port())
    project.env["ISSUER"] = f"https://127.0.0.1:{port}"
    with ExitStack() as stack:
        with serving(project, port) as url:
            page = stack.enter_context(talking(browser, url))
            says(page, "tea")
        page.wait_for_function("chat.state === 'connecting'")
        page.evaluate("chat.send(JSON.stringify({ text: 'meanwhile' }))")
        with serving(project, port):
            page.wait_for_function("heard.includes('meanwhile')")
            assert page.evaluate("[opened, ended]") == [2, "no"]
            page.evaluate("chat.close()")
