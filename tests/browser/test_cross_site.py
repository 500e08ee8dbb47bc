"""No page of another site or a sibling host uses or changes the session's cookie in a browser (OWASP ASVS 3.5.1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext, Page

from tools.support import chromium
from tools.support.new_project import INSTALL, NewProject
from tools.support.programs import free_port
from tools.support.readme_steps import steps

API, SIBLING, EVIL = "api.example.test", "blog.example.test", "evil.test"
ATTACKERS = [EVIL, pytest.param(SIBLING, marks=pytest.mark.hard)]
VIEWS = """
from django.http import HttpResponse
from django_bearer import public


@public
def blank(request):
    return HttpResponse("<!doctype html><title>blank</title><body></body>")


urlpatterns += [path("blank/", blank)]
"""
DUMP = """
import json
from django_bearer.models import Session
print(json.dumps([[str(s.pk), s.generation, s.revoked_at, str(s.user_id)] for s in Session.objects.order_by("pk")]))
"""
LOGIN = """async ([name, password]) => {
  const answer = await fetch("/auth/login/", {
    method: "POST", credentials: "include", body: JSON.stringify({ username: name, password }),
    headers: { "Content-Type": "application/json", "X-Bearer-Client": "first-party" },
  });
  return [answer.status, await answer.json()];
}"""
REFRESH = LOGIN.replace("/auth/login/", "/auth/refresh/").replace(
    "JSON.stringify({ username: name, password })", '"{}"'
)
FETCHES = """async ([api, endpoints]) => {
  const got = [];
  const json = { "Content-Type": "application/json", "X-Bearer-Client": "first-party" };
  const ways = [
    { headers: json, body: "{}" },
    { headers: { "Content-Type": "application/json" }, body: "{}" },
    { headers: { "Content-Type": "text/plain" }, body: "{}" },
    { headers: { "Content-Type": "text/plain" }, body: "{}", mode: "no-cors" },
    { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=b", mode: "no-cors" },
    { body: new Blob(["{}"]), mode: "no-cors", keepalive: true },
  ];
  for (const endpoint of endpoints)
    for (const way of ways) {
      try {
        const answer = await fetch(`${api}/auth/${endpoint}/`, { method: "POST", credentials: "include", ...way });
        got.push([endpoint, answer.type, answer.status, await answer.text().catch(() => "")]);
      } catch (error) { got.push([endpoint, "refused", 0, ""]); }
      if (!way.headers) navigator.sendBeacon(`${api}/auth/${endpoint}/`, "{}");
    }
  return got;
}"""
FORMS = """async ([api, endpoints]) => {
  const settled = (element) => new Promise((done) => { element.onload = element.onerror = done; });
  for (const endpoint of endpoints)
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const frame = document.createElement("iframe");
      frame.name = `f${Math.random()}`;
      document.body.append(frame);
      const form = Object.assign(document.createElement("form"), {
        method: "post", action: `${api}/auth/${endpoint}/`, enctype: type, target: frame.name,
      });
      const login = '{"username":"eve","password":"known to the attacker","x":"';
      for (const [name, value] of [[login, '"}'], ["a", "b"]]) {
        form.append(Object.assign(document.createElement("input"), { name, value, type: "hidden" }));
      }
      document.body.append(form);
      const loaded = settled(frame);
      form.submit();
      await loaded;
    }
  for (const endpoint of endpoints) {
    const image = new Image();
    const seen = settled(image);
    image.src = `${api}/auth/${endpoint}/`;
    await seen;
    const frame = document.createElement("iframe");
    const loaded = settled(frame);
    frame.src = `${api}/auth/${endpoint}/`;
    document.body.append(frame);
    await loaded;
  }
}"""
PLANT = """(names) => {
  const ways = ["; domain=example.test", "; domain=api.example.test", "; Secure; Path=/", "; Secure; Path=/auth/"];
  for (const name of names)
    for (const more of ways)
      document.cookie = `${name}=planted${more}`;
  return document.cookie;
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    folder = tmp_path_factory.mktemp("cross")
    made = NewProject.start(folder).follow(INSTALL)
    made.write("mysite/urls.py", VIEWS, appended=True)
    authority = trustme.CA()
    server = authority.issue_cert(API, SIBLING, EVIL, "127.0.0.1")
    server.private_key_pem.write_to_path(folder / "key.pem")
    server.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    made.write(
        "mysite/settings.py",
        'ALLOWED_HOSTS = ["*"]\nBEARER["ISSUER"] = __import__("os").environ.get("ISSUER", "https://api.example.test")',
        appended=True,
    )
    made.shell(steps()[0])
    made.manage("shell", "-c", "from django.contrib.auth.models import User; User.objects.create_user('eve')")
    return made


@pytest.fixture(scope="module")
def port(project: NewProject) -> Iterator[str]:
    """The server's port; the issuer must name it, so it is drawn before the server starts."""
    number = str(free_port())
    project.env["ISSUER"] = f"https://{API}:{number}"
    arguments = ("--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem", "--no-proxy-headers", "--port", number)
    with project.serving("-m", "uvicorn", "mysite.asgi:application", *arguments):
        yield number


@pytest.fixture(scope="module")
def mapped() -> Iterator[Browser]:
    """A browser for which every name is this machine."""
    with chromium.playing() as kind, chromium.launched(kind, "--host-resolver-rules=MAP * 127.0.0.1") as found:
        yield found


@pytest.fixture
def context(mapped: Browser) -> Iterator[BrowserContext]:
    found = chromium.profile(mapped, ignore_https_errors=True)
    yield found
    found.close()


@pytest.fixture
def victim(context: BrowserContext, port: str) -> Page:
    """A page of the API's own origin, where ann is logged in."""
    page = context.new_page()
    page.goto(f"https://{API}:{port}/blank/")
    status, body = page.evaluate(LOGIN, ["ann", "correct horse"])
    assert status == 200
    assert "refresh_token" not in body
    return page


def at(context: BrowserContext, host: str, port: str) -> Page:
    page = context.new_page()
    page.goto(f"https://{host}:{port}/blank/")
    return page


ENDPOINTS = ["refresh", "logout", "login"]


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_no_fetch_form_frame_image_or_window_moves_the_session(
    attacker: str, context: BrowserContext, victim: Page, port: str, project: NewProject
) -> None:
    before, jar = project.manage("shell", "-c", DUMP), cookies(context)
    assert jar
    page, api = at(context, attacker, port), f"https://{API}:{port}"
    got = page.evaluate(FETCHES, [api, ENDPOINTS])
    assert {kind for _, kind, _, _ in got} <= {"refused", "opaque"}
    assert not any("access_token" in text for *_, text in got)
    page.evaluate(FORMS, [api, ENDPOINTS])
    with context.expect_page() as opened:
        page.evaluate("(url) => { window.open(url); }", f"{api}/auth/refresh/")
    opened.value.wait_for_load_state()
    assert project.manage("shell", "-c", DUMP) == before
    assert cookies(context) == jar
    status, body = victim.evaluate(REFRESH, ["", ""])
    assert (status, bool(body["access_token"])) == (200, True)


def test_a_sibling_can_plant_no_cookie_of_ours(
    context: BrowserContext, victim: Page, port: str, project: NewProject
) -> None:
    jar = cookies(context)
    page = at(context, SIBLING, port)
    page.evaluate(PLANT, [*jar, "__Host-bearer-device", "__Host-bearer-00000000-0000000000000000"])
    assert {name: value for name, value in cookies(context).items() if name in jar} == jar
    assert victim.evaluate(REFRESH, ["", ""])[0] == 200


def test_no_script_sees_the_cookie_not_even_on_its_own_host(victim: Page) -> None:
    assert victim.evaluate("document.cookie") == ""


def cookies(context: BrowserContext) -> dict[str, str]:
    """Our cookies for the API's host in the browser."""
    found = [one for one in context.cookies() if one["domain"].lstrip(".") == API]
    assert all(one["httpOnly"] and one["secure"] and one["sameSite"] == "Strict" for one in found), found
    return {one["name"]: one["value"] for one in found}
