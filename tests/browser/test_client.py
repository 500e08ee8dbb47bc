"""The browser client in a real browser against the real server: tabs, reloads, restarts, lost answers, clocks."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tools.support import chromium
from tools.support.timeouts import HANG

from .conftest import Site

HOUR = 3600
WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"
LEAP = "(hours) => { const real = Date.now.bind(Date); Date.now = () => real() + hours * 3600000; }"
MAKE = """async () => {
  const { createClient } = await import("/page/client.js");
  window.bearer = createClient({ api: "/" });
  return (await window.bearer.ready).status;
}"""
CODE = "(work) => work.then(() => 'fine', (error) => error.code ?? String(error))"


def open_tab(context: BrowserContext, site: Site) -> Page:
    """A tab with nothing in it but a client, which has asked who is signed in."""
    page = context.new_page()
    page.goto(f"{site.url}/status/")
    page.evaluate(MAKE)
    return page


def sign_in(page: Page, site: Site, name: str = "ann") -> dict[str, Any]:
    return page.evaluate("([username, password]) => bearer.login({ username, password })", [name, site.password])


def status(page: Page) -> str:
    return page.evaluate("bearer.session.status")


def refresh(page: Page) -> str:
    """What a forced refresh came to: `in`, `out`, or the code of an error."""
    return page.evaluate("bearer.refresh().then((session) => session.status, (error) => error.code ?? String(error))")


def call(page: Page, path: str = "/whoami/") -> int | str:
    """The status of a call, or the code of an error."""
    return page.evaluate(
        "(path) => bearer.fetch(path).then((answer) => answer.status, (error) => error.code ?? String(error))", path
    )


def session_cookies(context: BrowserContext) -> list[Any]:
    return [found for found in context.cookies() if re.match(r"__Host-bearer-[0-9a-f]+-", found["name"])]


def test_a_cookie_that_no_script_can_read(context: BrowserContext, site: Site) -> None:
    """BA-01, BA-09: the attributes themselves."""
    page = open_tab(context, site)
    sign_in(page, site)
    assert len(session_cookies(context)) == 1
    for cookie in context.cookies():
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (
            True,
            True,
            "Strict",
            "/",
        )
    assert page.evaluate("document.cookie") == ""


def test_signed_in_again_after_a_reload(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    session = sign_in(page, site)
    page.reload()
    assert page.evaluate(MAKE) == "in"
    assert page.evaluate("bearer.session.id") == session["id"]
    assert call(page) == 200


@pytest.mark.parametrize("locks", [True, False], ids=["web locks", "no web locks"])
def test_two_tabs_that_refresh_at_once_cost_one_refresh(context: BrowserContext, site: Site, locks: bool) -> None:
    if not locks:
        context.add_init_script(WITHOUT_LOCKS)
    tabs = [open_tab(context, site), open_tab(context, site)]
    session = sign_in(tabs[0], site)
    assert [tab.evaluate("navigator.locks === undefined") for tab in tabs] == [not locks] * 2
    for round_ in range(50):
        site.server.advance(31)  # past the time in which a fresh token is held
        before = site.proxy.refreshes
        site.proxy.hold()
        for tab in tabs:
            tab.evaluate("() => { window.round = bearer.refresh(); }")
        site.proxy.wait_for_refresh()
        site.proxy.release()
        for tab in tabs:
            assert tab.evaluate("round.then((session) => session.status)") == "in", round_
        # A lease in storage is no mutex: on a loaded machine both tabs may have it.
        assert site.proxy.refreshes - before in ([1] if locks else [1, 2]), round_
    assert [tab.evaluate("bearer.session.id") for tab in tabs] == [session["id"]] * 2
    assert [call(tab) for tab in tabs] == [200, 200]
    assert "authn_token_reused" not in site.log()


@pytest.mark.hard
def test_a_hundred_calls_at_expiry_cost_one_refresh(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    before = site.proxy.refreshes
    page.evaluate(LEAP, 1)  # as after an hour's sleep
    answers = page.evaluate(
        "Promise.all(Array.from({ length: 100 }, async () => (await bearer.fetch('/whoami/')).status))"
    )
    assert answers == [200] * 100
    assert site.proxy.refreshes == before + 1


def test_reload_in_the_middle_of_a_refresh(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    session = sign_in(page, site)
    site.server.advance(31)
    site.proxy.hold()
    page.evaluate("() => { bearer.refresh(); }")
    site.proxy.wait_for_refresh()
    page.reload()
    site.proxy.release()
    assert page.evaluate(MAKE) == "in"
    assert page.evaluate("bearer.session.id") == session["id"]
    assert site.proxy.bodies[-1] == site.proxy.bodies[-2], "the same retry key"


def test_a_lost_answer_is_asked_for_again(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    site.server.advance(31)
    before = site.proxy.refreshes
    site.proxy.drop(1)
    assert refresh(page) == "in"
    assert site.proxy.refreshes >= before + 2
    assert site.proxy.bodies[-1] == site.proxy.bodies[-2], "the same retry key"
    assert call(page) == 200


@pytest.mark.hard
def test_a_lost_answer_is_asked_for_again_a_day_later_by_another_page(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    session = sign_in(page, site)
    site.server.advance(31)
    site.proxy.drop(99)  # the browser itself tries again too
    assert refresh(page) == "unreachable"
    assert status(page) == "in", "offline is not signed out"
    page.close()
    site.proxy.drop(0)
    site.server.advance(24 * HOUR)
    page = open_tab(context, site)
    assert status(page) == "in"
    assert page.evaluate("bearer.session.id") == session["id"]
    site.server.advance(31)
    assert refresh(page) == "in"


@pytest.mark.hard
def test_the_server_is_restarted_in_the_middle_of_a_refresh(context: BrowserContext, own_site: Site) -> None:
    site = own_site
    page = open_tab(context, site)
    sign_in(page, site)
    site.proxy.hold()
    page.evaluate(f"() => {{ window.round = ({CODE})(bearer.refresh()); }}")
    site.proxy.wait_for_refresh()
    site.stop()
    site.proxy.drop(99)
    site.proxy.release()
    assert page.evaluate("round") == "unreachable"
    assert status(page) == "in"
    site.proxy.drop(0)
    site.restart()
    page.reload()
    assert page.evaluate(MAKE) == "in"
    assert call(page) == 200


@pytest.mark.hard
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_two_hours_off(context: BrowserContext, site: Site, hours: int) -> None:
    context.add_init_script(f"({LEAP})({hours})")
    page = open_tab(context, site)
    sign_in(page, site)
    before = site.proxy.refreshes
    assert [call(page) for _ in range(3)] == [200] * 3
    assert site.proxy.refreshes == before
    assert 290 <= page.evaluate("bearer.session.secondsLeft") <= 300


@pytest.mark.hard
def test_signing_out_reaches_every_tab(context: BrowserContext, site: Site) -> None:
    one, two = open_tab(context, site), open_tab(context, site)
    sign_in(one, site)
    assert refresh(two) == "in"
    two.evaluate("bearer.logout()")
    one.wait_for_function("bearer.session.status === 'out'")
    assert call(one) == "session_changed", "never anonymously what a user's page asks"
    assert call(two) == 401
    assert session_cookies(context) == []
    one.reload()
    assert one.evaluate(MAKE) == "out"


@pytest.mark.hard
def test_the_token_never_follows_a_redirect_to_another_origin(context: BrowserContext, site: Site) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    elsewhere = site.url.replace("localhost", "127.0.0.1")
    seen: list[dict[str, str]] = []

    def away(route: Any) -> None:
        seen.append(route.request.all_headers())
        route.fulfill(status=200, headers={"access-control-allow-origin": "*", "access-control-allow-headers": "*"})

    context.route(f"{elsewhere}/**", away)
    context.route(
        f"{site.url}/moved/", lambda route: route.fulfill(status=307, headers={"location": f"{elsewhere}/x/"})
    )
    call(page, "/moved/")
    assert all("authorization" not in headers for headers in seen)
    assert call(page, f"{elsewhere}/y/") == 200
    assert all("authorization" not in headers for headers in seen)


@pytest.mark.hard
def test_out_of_the_back_forward_cache(browser: Browser, site: Site) -> None:
    """A page that comes back learns what became of its session meanwhile; after a logout it does not come back."""
    flag = chromium.trusting(site.place.certificate)
    with chromium.launched(browser.browser_type, flag, keeps_pages=True) as keeping:
        context = chromium.profile(keeping)
        page, other = open_tab(context, site), open_tab(context, site)
        session = sign_in(page, site)
        refresh(other)
        leave_and_come_back(page, site, lambda: end_from_another_machine(site, session))
        assert page.evaluate("window.kept") is True, "it did come out of the cache"
        page.wait_for_function("bearer.session.status === 'out'")
        assert call(page) == "session_changed", "its data are still on the screen"

        sign_in(page, site)
        refresh(other)
        leave_and_come_back(page, site, lambda: other.evaluate("bearer.logout()"))
        page.wait_for_load_state()
        assert page.evaluate("window.kept") is None, "Clear-Site-Data has emptied the cache"
        context.close()


def end_from_another_machine(site: Site, session: dict[str, Any]) -> None:
    """What ends it in this browser empties the browser's cache, and the page would be loaded anew."""
    trust = ssl.create_default_context(cafile=str(site.place.authority))
    with httpx.Client(base_url=site.url, verify=trust, trust_env=False, timeout=HANG) as app:
        tokens = app.post("/auth/login/", json={"username": "ann", "password": site.password}).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert app.delete(f"/auth/sessions/{session['id']}/", headers=headers).status_code == 204


def leave_and_come_back(page: Page, site: Site, meanwhile: Callable[[], object]) -> None:
    page.evaluate("() => { window.kept = true; }")
    page.goto(f"{site.url}/.well-known/jwks.json")
    meanwhile()
    page.go_back(wait_until="commit")


def test_nodes_own_fetch_gets_its_token_in_the_body(site: Site) -> None:
    code = """
      const [url, password] = process.argv.slice(1);
      const headers = { "Content-Type": "application/json" };
      const ask = async (path, body) => {
        const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
        return { status: answer.status, cookie: answer.headers.get("set-cookie"), ...(await answer.json()) };
      };
      const first = await ask("/auth/login/", { username: "ann", password });
      const second = await ask("/auth/refresh/", { refresh_token: first.refresh_token });
      console.log(JSON.stringify([first, second].map(({ status, cookie, refresh_token, access_token }) =>
        [status, cookie, Boolean(refresh_token), Boolean(access_token)])));
    """
    environment = {"NODE_EXTRA_CA_CERTS": str(site.place.authority), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code, site.url, site.password],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    first, second = json.loads(done.stdout or f'["{done.stderr}"]')
    assert first == [200, None, True, True]
    assert second == [200, None, True, True]


@pytest.mark.hard
def test_a_proxy_that_strips_origin_turns_no_cookie_session_into_a_body_answer(
    context: BrowserContext, site: Site
) -> None:
    page = open_tab(context, site)
    sign_in(page, site)
    site.server.advance(31)
    site.proxy.strips = True
    answer = page.evaluate(
        """async () => {
          const answer = await fetch("/auth/refresh/", {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-Bearer-Client": "first-party" },
            body: JSON.stringify({ retry_key: "0".repeat(32) }),
          });
          return [answer.status, await answer.text()];
        }"""
    )
    assert answer[0] >= 400
    assert "refresh_token" not in json.loads(answer[1])
    assert refresh(page) not in ("in", "out")
    assert status(page) == "in"
    site.proxy.strips = False
    page.reload()
    assert page.evaluate(MAKE) == "in", "and the session lives on"


@pytest.mark.hard
def test_a_login_through_such_a_proxy_is_not_kept(context: BrowserContext, site: Site) -> None:
    """The page cannot be told from a native app there. The client refuses what it gets, and says why."""
    page = open_tab(context, site)
    site.proxy.strips = True
    code = page.evaluate(
        f"(password) => ({CODE})(bearer.login({{ username: 'ann', password }}))",
        site.password,
    )
    assert code not in ("fine", "unreachable")
    assert status(page) == "out"
