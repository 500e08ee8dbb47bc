"""A login that goes on at another site, in a browser: two hosts of one site, as docs/guide/handover.md shows it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext, Page

from tools import client
from tools.support import chromium
from tools.support.new_project import INSTALL, NewProject
from tools.support.programs import free_port
from tools.support.readme_steps import steps

pytestmark = pytest.mark.hard
APP, ADMIN = "app.example.test", "admin.example.test"
SETTINGS = """
import os
ALLOWED_HOSTS = ["*"]
BEARER["ISSUER"] = os.environ.get("ISSUER", "https://app.example.test")
ADMIN = os.environ.get("ADMIN", "https://admin.example.test")
BEARER["CLIENTS"] = {
    "app": {"kind": "browser", "origins": [BEARER["ISSUER"]], "handover_to": ["admin"]},
    "admin": {"kind": "browser", "origins": [ADMIN], "handover_url": f"{ADMIN}/blank/"},
}
"""
PAGES = """
from pathlib import Path

from django.http import HttpResponse

from django_bearer import public


@public
def blank(request):
    return HttpResponse("<!doctype html><title>blank</title>")


@public
def script(request, name):
    path = Path(__file__).parents[1] / "dist" / f"{name}.js"
    return HttpResponse(path.read_bytes(), content_type="text/javascript")


urlpatterns += [path("blank/", blank), path("<slug:name>.js", script)]
"""
BEGIN = """async (name) => {
  const { createClient } = await import("/index.js");
  const { createHandover } = await import("/handover.js");
  window.bearer = createClient({ api: "/", client: name });
  window.handover = createHandover(bearer, { at: "/auth/", client: name });
}"""
RECEIVE = """async () => {
  try {
    const session = await handover.receive({ showNumber: () => { throw new Error("a number was shown"); } });
    return session && [session.status, (await (await bearer.fetch("/notes/")).json()).owner];
  } catch (error) { return error.code ?? String(error); }
}"""
OFFER = """async (password) => {
  const asked = handover.asked();
  const { url } = await handover.offer("admin", { password, asked });
  return [location.hash, url];
}"""
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def port(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sites")
    made = NewProject.start(folder).follow(INSTALL)
    made.write("mysite/urls.py", PAGES, appended=True)
    made.write("mysite/settings.py", SETTINGS, appended=True)
    shutil.copytree(client.MODULE.parent, folder / "dist")
    server = trustme.CA().issue_cert(APP, ADMIN, "127.0.0.1")
    server.private_key_pem.write_to_path(folder / "key.pem")
    server.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    made.shell(steps()[0])
    number = str(free_port())
    made.env |= {"ISSUER": f"https://{APP}:{number}", "ADMIN": f"https://{ADMIN}:{number}"}
    tls = ("--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem", "--no-proxy-headers")
    with made.serving("-m", "uvicorn", "mysite.asgi:application", *tls, "--port", number):
        yield number


@pytest.fixture(scope="module")
def mapped(built: None) -> Iterator[Browser]:
    """A browser for which every name is this machine."""
    with chromium.playing() as kind, chromium.launched(kind, "--host-resolver-rules=MAP * 127.0.0.1") as found:
        yield found


@pytest.fixture
def context(mapped: Browser) -> Iterator[BrowserContext]:
    found = chromium.profile(mapped, ignore_https_errors=True)
    yield found
    found.close()


def at(page: Page, url: str, name: str) -> Page:
    page.goto(url)
    page.evaluate(BEGIN, name)
    return page


def signed_in(context: BrowserContext, port: str) -> Page:
    page = at(context.new_page(), f"https://{APP}:{port}/blank/", "app")
    page.evaluate("(password) => bearer.login({ username: 'ann', password })", PASSWORD)
    return page


def asked(page: Page, port: str) -> Any:
    """The URL at the app to which the admin's page sends the browser."""
    return page.evaluate("(url) => handover.ask(url)", f"https://{APP}:{port}/blank/")


def test_the_receiver_asks_and_is_signed_in_with_a_session_of_its_own(context: BrowserContext, port: str) -> None:
    signed_in(context, port)
    tab = at(context.new_page(), f"https://{ADMIN}:{port}/blank/", "admin")
    assert tab.evaluate("(async () => (await bearer.ready).status)()") == "out"
    at(tab, asked(tab, port), "app")
    assert tab.evaluate("(async () => (await bearer.ready).status)()") == "in"
    first = tab.evaluate("bearer.session.id")
    hash_left, url = tab.evaluate(OFFER, PASSWORD)
    assert hash_left == "", "what was asked is out of the address"
    assert url.startswith(f"https://{ADMIN}:{port}/blank/#handover=")
    at(tab, url, "admin")
    assert tab.evaluate(RECEIVE) == ["in", "ann"]
    assert tab.evaluate("location.hash") == ""
    assert tab.evaluate("bearer.session.id") != first
    tab.reload()
    tab.evaluate(BEGIN, "admin")
    assert tab.evaluate("(async () => (await bearer.ready).status)()") == "in"
    at(tab, f"https://{APP}:{port}/blank/", "app")
    assert tab.evaluate("(async () => [(await bearer.ready).status, bearer.session.id])()") == ["in", first]
    again = at(context.new_page(), url, "admin")
    assert again.evaluate(RECEIVE) == "handover_refused", "the code was used"


def test_neither_a_wrong_password_nor_a_code_of_another_browser_signs_in(
    context: BrowserContext, mapped: Browser, port: str
) -> None:
    """Login CSRF: a code that somebody slips into this browser is for the receiver that began, and no other."""
    signed_in(context, port)
    tab = at(context.new_page(), f"https://{ADMIN}:{port}/blank/", "admin")
    at(tab, asked(tab, port), "app")
    refused = (
        "async () => handover.offer('admin', { password: 'wrong', asked: handover.asked() }).catch((e) => e.code)"
    )
    assert tab.evaluate(refused) == "password_required"
    at(tab, f"https://{ADMIN}:{port}/blank/", "admin")
    at(tab, asked(tab, port), "app")
    _, url = tab.evaluate(OFFER, PASSWORD)
    other = chromium.profile(mapped, ignore_https_errors=True)
    victim = at(other.new_page(), f"https://{ADMIN}:{port}/blank/", "admin")
    asked(victim, port)
    at(victim, url, "admin")
    assert victim.evaluate(RECEIVE) == "handover_refused"
    assert victim.evaluate("(async () => (await bearer.ready).status)()") == "out"
    other.close()
    at(tab, url, "admin")
    assert tab.evaluate(RECEIVE) == ["in", "ann"], "the one that began is let in all the same"
