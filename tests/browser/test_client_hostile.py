"""The browser client beside other tabs, other users, redirects, a cache and a network that breaks off.

The certificate is one that this browser trusts: behind any other it keeps nothing in its cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tools.support import chromium

from .conftest import Site
from .test_client import call, leave_and_come_back, open_tab, refresh, sign_in, status

pytestmark = pytest.mark.hard

SEND = """([path, init]) => bearer.fetch(path, init).then(
  async (answer) => [answer.status, await answer.text()], (error) => [error.code ?? error.name, ""])"""


@pytest.fixture(scope="module")
def trusting(browser: Browser, shared_site: Site) -> Iterator[Browser]:
    """A browser for which the server's certificate is as good as any, with its back/forward cache."""
    flag = chromium.trusting(shared_site.place.certificate)
    with chromium.launched(browser.browser_type, flag, keeps_pages=True) as found:
        yield found


@pytest.fixture
def context(trusting: Browser) -> Iterator[BrowserContext]:
    found = chromium.profile(trusting)
    yield found
    found.close()


def send(page: Page, path: str, **init: object) -> tuple[int | str, str]:
    """The status of a call, or the code or name of an error; and the text of the answer."""
    code, text = page.evaluate(SEND, [path, init])
    return code, text


def canned(status: str, *headers: str, body: str = "") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def session(page: Page) -> dict[str, Any]:
    return page.evaluate("bearer.session")


def test_a_page_of_one_user_asks_nothing_as_the_next(context: BrowserContext, site: Site) -> None:
    one, two = open_tab(context, site), open_tab(context, site)
    sign_in(one, site)
    two.wait_for_function("bearer.session.status === 'in'")
    two.evaluate("bearer.logout()")
    one.wait_for_function("bearer.session.changed")
    note = {"method": "POST", "body": '{"text": "ann\'s"}', "headers": {"Content-Type": "application/json"}}
    asked = len(site.proxy.seen(b"POST /notes/"))
    assert send(one, "/notes/", **note)[0] == "session_changed", "not anonymously"
    sign_in(two, site, "bob")
    one.wait_for_function("bearer.session.status === 'in'")
    assert session(one)["changed"] is True
    assert send(one, "/notes/", **note)[0] == "session_changed", "nor as somebody else"
    assert refresh(one) == "in"
    assert send(one, "/notes/", **note)[0] == "session_changed", "a renewal is no consent"
    assert len(site.proxy.seen(b"POST /notes/")) == asked
    assert send(two, "/whoami/")[0] == 200
    assert one.evaluate("bearer.accept(bearer.session)") is True
    assert "bob" in send(one, "/whoami/")[1]


def test_a_call_that_waits_while_the_session_ends(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    page.evaluate("() => { const real = Date.now.bind(Date); Date.now = () => real() + 3600000; }")
    context.clear_cookies()
    asked = len(site.proxy.seen(b"GET /whoami/"))
    assert call(page) == "session_changed"
    assert len(site.proxy.seen(b"GET /whoami/")) == asked


def test_a_login_whose_answer_was_cut_off(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    assert status(page) == "out"
    heard = "() => { window.heard = []; bearer.onChange((now) => heard.push(now.status)); }"
    page.evaluate(heard)
    site.proxy.cuts = b"POST /auth/login/"
    login = "(password) => bearer.login({ username: 'ann', password }).then(() => 'in', (error) => error.code)"
    assert page.evaluate(login, site.password) == "unreachable"
    page.wait_for_function("bearer.session.status === 'in'")
    assert page.evaluate("heard") == ["unknown", "in"]
    assert "ann" in send(page, "/whoami/")[1]


def test_a_login_that_never_got_through_ends_no_session(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    before = sign_in(page, site)
    site.proxy.canned[b"POST /auth/login/"] = canned("502 Bad Gateway", "Content-Type: text/html", body="<html>")
    login = "(password) => bearer.login({ username: 'bob', password }).then(() => 'in', (error) => error.code)"
    assert page.evaluate(login, site.password) == "unexpected_answer"
    page.wait_for_function("bearer.session.status !== 'unknown'")
    assert (session(page)["id"], session(page)["changed"]) == (before["id"], False)
    assert "ann" in send(page, "/whoami/")[1]


def test_a_login_whose_answer_never_came_leaves_the_session_before(context: BrowserContext, site: Site) -> None:
    """The server has signed bob in; the browser never got his cookie, and goes on as ann."""
    page = open_tab(context, site)
    before = sign_in(page, site)
    site.proxy.loses = b"POST /auth/login/"
    login = "(password) => bearer.login({ username: 'bob', password }).then(() => 'in', (error) => error.code)"
    assert page.evaluate(login, site.password) == "unreachable"
    page.wait_for_function("bearer.session.status !== 'unknown'")
    assert (session(page)["status"], session(page)["id"]) == ("in", before["id"])
    site.proxy.loses = b""
    sign_in(page, site, "bob")
    page.wait_for_function("bearer.session.renewals > 3")
    names = [cookie["name"] for cookie in context.cookies() if cookie["name"] != "__Host-bearer-device"]
    assert len(names) == 1, "now the session before has ended"
    assert "bob" in send(page, "/whoami/")[1]


def test_a_portals_answer_to_a_logout_signs_nobody_out(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    site.proxy.canned[b"POST /auth/logout/"] = canned("200 OK", "Content-Type: text/html", body="<html>")
    assert page.evaluate("bearer.logout().then(() => 'out', (error) => error.code)") == "unexpected_answer"
    assert status(page) == "in"
    assert call(page) == 200


def test_the_token_follows_no_redirect(context: BrowserContext, site: Site) -> None:
    """Within the origin a browser takes Authorization along to any path; a redirect it has cached, too."""
    page = open_tab(context, site)
    sign_in(page, site)
    for state in ("302 Found", "307 Temporary Redirect", "301 Moved Permanently"):
        path = f"/moved/{state[:3]}/"
        headers = ("Location: /elsewhere/", "Cache-Control: max-age=600")
        site.proxy.canned[f"GET {path}".encode()] = canned(state, *headers)
        assert [send(page, path)[0] for _ in range(2)] == ["redirected"] * 2
    assert site.proxy.seen(b"GET /elsewhere/") == []
    assert send(page, "/moved/302/", redirect="error")[0] == "TypeError"
    assert send(page, "/moved/302/", redirect="manual")[0] == 0


def test_a_path_that_a_proxy_would_decode(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    page.evaluate("() => { window.bearer.close(); }")
    page.evaluate(
        """async () => {
          const { createClient } = await import("/page/client.js");
          window.bearer = createClient({ api: "/notes/", auth: "/auth/" });
          await bearer.ready;
        }"""
    )
    sign_in(page, site)
    asked = len(site.proxy.requests)
    for path in ("..%2fwhoami/", "%252e%252e%252fwhoami/", "..%5cwhoami/", "..;/whoami/"):
        assert send(page, f"/notes/{path}")[0] == "TypeError"
    assert len(site.proxy.requests) == asked
    assert send(page, "/notes/%2e%2e/whoami/")[0] == 401, "the browser reads this as /whoami/: no token"
    assert send(page, "/notes/", mode="no-cors")[0] == "TypeError"
    assert send(page, "/notes/")[0] == 200


@pytest.mark.parametrize(
    "replaced",
    [
        "globalThis.URL = class extends URL { constructor() { super(location.origin + '/notes/x'); } }",
        "Object.defineProperty(URL.prototype, 'pathname', { get: () => '/notes/x' })",
        "Object.defineProperty(Request.prototype, 'url', { get: () => location.origin + '/notes/x' })",
        "String.prototype.startsWith = () => true",
    ],
)
def test_script_that_replaces_what_tells_urls_apart(context: BrowserContext, site: Site, replaced: str) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    page.evaluate("() => { window.bearer.close(); }")
    page.evaluate(
        """async () => {
          const { createClient } = await import("/page/client.js");
          window.bearer = createClient({ api: "/notes/", auth: "/auth/" });
          await bearer.ready;
        }"""
    )
    page.evaluate(f"() => {{ {replaced}; }}")
    assert send(page, "/notes/")[0] == 200
    assert send(page, "/whoami/")[0] == 401, "no token"


def test_nothing_is_done_twice_unless_the_token_was_at_fault(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    invalid = canned("401 Unauthorized", 'WWW-Authenticate: Bearer error="invalid_token"')
    bare = canned("401 Unauthorized")
    site.proxy.canned = {b"GET /invalid/": invalid, b"POST /invalid/": invalid, b"GET /bare/": bare}
    assert [send(page, "/invalid/")[0], len(site.proxy.seen(b"GET /invalid/"))] == [401, 2]
    assert [send(page, "/bare/")[0], len(site.proxy.seen(b"GET /bare/"))] == [401, 1]
    assert [send(page, "/invalid/", method="POST", body="x")[0], len(site.proxy.seen(b"POST /invalid/"))] == [401, 1]
    assert [send(page, "/invalid/", method="POST")[0], len(site.proxy.seen(b"POST /invalid/"))] == [401, 3]


def test_what_the_cache_kept_for_one_user_is_not_the_next_ones(context: BrowserContext, site: Site) -> None:
    """The middleware answers whatever carried a token with `Vary: Authorization`, and a login empties the cache."""
    page = open_tab(context, site)
    sign_in(page, site)
    headers = ("Cache-Control: private, max-age=600", "Vary: Authorization")
    site.proxy.canned[b"GET /kept/"] = canned("200 OK", *headers, body="ann's")
    assert [send(page, "/kept/")[1] for _ in range(3)] == ["ann's"] * 3
    assert len(site.proxy.seen(b"GET /kept/")) == 1, "this browser does cache"
    sign_in(page, site, "bob")
    site.proxy.canned[b"GET /kept/"] = canned("200 OK", *headers, body="bob's")
    assert send(page, "/kept/")[1] == "bob's"


def test_back_from_the_cache_after_somebody_else_signed_in(context: BrowserContext, site: Site) -> None:
    page, other = open_tab(context, site), open_tab(context, site)
    sign_in(page, site)
    other.wait_for_function("bearer.session.status === 'in'")

    def change() -> None:
        context.clear_cookies()  # a login that replaces a session would empty the cache
        other.evaluate(
            """(password) => fetch("/auth/login/", {
              method: "POST",
              headers: { "Content-Type": "application/json", "X-Bearer-Client": "first-party" },
              body: JSON.stringify({ username: "bob", password }),
            })""",
            site.password,
        )

    leave_and_come_back(page, site, change)
    assert page.evaluate("window.kept") is True, "it did come out of the cache"
    page.wait_for_function("bearer.session.changed")
    assert call(page) == "session_changed"


def test_a_polluted_prototype_sends_the_password_nowhere_else(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/status/")
    page.evaluate(
        """async () => {
          const { createClient } = await import("/page/client.js");
          const evil = { auth: "/evil/", client: "evil", fetch: () => { window.stolen = true; }, method: "GET",
            redirect: "follow", credentials: "omit", signal: AbortSignal.abort(), mode: "shared" };
          Object.assign(Object.prototype, evil);
          window.bearer = createClient({ api: "/" });
        }"""
    )
    login = """async (password) => {
      const credentials = Object.assign(Object.create(null), { username: "ann", password });
      const login = bearer.login(credentials);
      const outcome = await login.then((now) => now.status, (error) => error.code ?? String(error));
      for (const name of Object.keys(Object.prototype)) delete Object.prototype[name];
      return outcome;
    }"""
    assert page.evaluate(login, site.password) == "in"
    assert site.proxy.seen(b"POST /evil/") == site.proxy.seen(b"GET /evil/") == []
    assert page.evaluate("window.stolen") is None


def test_script_that_replaces_promises_and_iterators_sees_no_token(context: BrowserContext, site: Site) -> None:
    one, two = open_tab(context, site), open_tab(context, site)
    for page in (one, two):
        page.evaluate(
            """() => {
              window.seen = 0;
              const look = (value) => { if (typeof value === "string" && value.includes("eyJ")) window.seen++; };
              const iterate = Array.prototype[Symbol.iterator];
              Array.prototype[Symbol.iterator] = function () {
                for (let n = 0; n < this.length; n++) look(this[n]);
                return Reflect.apply(iterate, this, []);
              };
              const { then } = Promise.prototype;
              Promise.prototype.then = function (done, failed) {
                const wrapped = (value) => { look(value); return done(value); };
                return Reflect.apply(then, this, [typeof done === "function" ? wrapped : done, failed]);
              };
              Promise.prototype.constructor = class extends Promise {};
            }"""
        )
    sign_in(one, site)
    assert refresh(one) == "in"
    two.wait_for_function("bearer.session.status === 'in'")
    assert call(one) == call(two) == 200
    assert [one.evaluate("seen"), two.evaluate("seen")] == [0, 0]


def test_closed_is_closed(context: BrowserContext, site: Site) -> None:
    one, two = open_tab(context, site), open_tab(context, site)
    sign_in(one, site)
    two.wait_for_function("bearer.session.status === 'in'")
    two.evaluate("() => { window.heard = 0; bearer.onChange(() => heard++); bearer.close(); }")
    assert refresh(one) == "in"
    assert refresh(two) == "closed"
    assert call(two) == "closed"
    assert (session(two)["status"], two.evaluate("heard")) == ("unknown", 0)
