"""The browser client in Firefox: what depends on how a browser does requests, redirects and channels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import firefox
from .conftest import Site
from .firefox import Firefox, Tab
from .test_client_hostile import canned

pytestmark = pytest.mark.hard

CLIENT = """async () => {
  const { createClient } = await import("/page/client.js");
  window.bearer = createClient({ api: "/" });
  window.outcome = (work) => work.then((got) => got?.status ?? "fine", (error) => error.code ?? error.name);
  window.until = async (found) => { while (!found()) await new Promise((done) => setTimeout(done, 20)); };
  return (await bearer.ready).status;
}"""
LOGIN = "(username, password) => outcome(bearer.login({ username, password }))"
CALL = "(path, method) => outcome(bearer.fetch(path, { method, body: method === 'POST' ? 'x' : undefined }))"


@pytest.fixture(scope="module")
def browser(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox.launched(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def tabs(browser: Firefox, site: Site) -> Iterator[tuple[Tab, Tab]]:
    browser.forget()
    yield open_tab(browser, site), open_tab(browser, site)
    browser.forget()


def open_tab(browser: Firefox, site: Site) -> Tab:
    tab = browser.tab()
    tab.goto(f"{site.url}/status/")
    assert tab.evaluate(CLIENT) == "out"
    return tab


def test_signing_in_and_out_over_two_tabs(tabs: tuple[Tab, Tab], site: Site) -> None:
    one, two = tabs
    assert one.evaluate(LOGIN, "ann", site.password) == "in"
    two.evaluate("() => until(() => bearer.session.status === 'in')")
    assert two.evaluate(CALL, "/whoami/", "GET") == 200
    assert two.evaluate("() => outcome(bearer.logout())") == "fine"
    one.evaluate("() => until(() => bearer.session.changed)")
    assert one.evaluate(CALL, "/whoami/", "GET") == "session_changed"
    assert two.evaluate(LOGIN, "bob", site.password) == "in"
    one.evaluate("() => until(() => bearer.session.status === 'in')")
    assert one.evaluate(CALL, "/whoami/", "GET") == "session_changed"
    assert one.evaluate("() => bearer.accept(bearer.session)") is True
    assert one.evaluate("async () => (await (await bearer.fetch('/whoami/')).json()).user") == "bob"


def test_a_login_whose_answer_was_cut_off(tabs: tuple[Tab, Tab], site: Site) -> None:
    page, _ = tabs
    page.evaluate("() => { window.heard = []; bearer.onChange((now) => heard.push(now.status)); }")
    site.proxy.cuts = b"POST /auth/login/"
    assert page.evaluate(LOGIN, "ann", site.password) == "unreachable"
    page.evaluate("() => until(() => bearer.session.status === 'in')")
    assert page.evaluate("() => heard") == ["unknown", "in"]


def test_redirects_and_repeats(tabs: tuple[Tab, Tab], site: Site) -> None:
    """Firefox does not say whether a request has a body: there, one of a method that may have one is not repeated."""
    page, _ = tabs
    assert page.evaluate(LOGIN, "ann", site.password) == "in"
    site.proxy.canned[b"GET /moved/"] = canned("302 Found", "Location: /elsewhere/")
    invalid = canned("401 Unauthorized", 'WWW-Authenticate: Bearer error="invalid_token"')
    bare = canned("401 Unauthorized")
    site.proxy.canned |= {b"GET /invalid/": invalid, b"POST /invalid/": invalid, b"GET /bare/": bare}
    assert page.evaluate(CALL, "/moved/", "GET") == "redirected"
    assert site.proxy.seen(b"GET /elsewhere/") == []
    for path, method, times in (("/invalid/", "GET", 2), ("/invalid/", "POST", 1), ("/bare/", "GET", 1)):
        assert page.evaluate(CALL, path, method) == 401
        assert len(site.proxy.seen(f"{method} {path}".encode())) == times


def test_closed_is_closed(tabs: tuple[Tab, Tab], site: Site) -> None:
    one, two = tabs
    two.evaluate("() => { window.heard = 0; bearer.onChange(() => heard++); bearer.close(); }")
    assert one.evaluate(LOGIN, "ann", site.password) == "in"
    assert two.evaluate(CALL, "/whoami/", "GET") == "closed"
    assert two.evaluate("() => [bearer.session.status, heard]") == ["unknown", 0]
