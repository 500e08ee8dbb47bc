"""The demo behind a proxy that can drop connections, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from demo.running import Running, running
from demo.setup import Setup
from tools import client
from tools.support import chromium

from .faulty_proxy import FaultyProxy


class Site:
    """The demo's server, which can be started anew over the same database, and the proxy before it."""

    def __init__(self, folder: Path) -> None:
        self.place = Setup(folder).create()
        self.proxy = FaultyProxy(self.place.certificate, self.place.authority)
        self.url = self.proxy.url
        self.password = self.place.password
        self._stack = ExitStack()
        self.server = self._start()

    def _start(self) -> Running:
        server = self._stack.enter_context(running(self.place.folder, seen_at=self.proxy.port))
        self.proxy.target = int(server.url.rpartition(":")[2])
        return server

    def restart(self) -> None:
        self.stop()
        self.server = self._start()

    def stop(self) -> None:
        self._stack.close()
        self._stack = ExitStack()

    def close(self) -> None:
        self.proxy.close()
        self.stop()

    def log(self) -> str:
        return (self.place.folder / "server.log").read_text()


@pytest.fixture(scope="module")
def built() -> None:
    """The client, built; continuous integration must be able to."""
    if not client.available():
        if os.environ.get("CI") == "true":
            pytest.fail(client.MISSING)
        pytest.skip(client.MISSING)
    client.ensure()


@pytest.fixture(scope="module")
def browser(built: None) -> Iterator[Browser]:
    """Of a module, not of the run: while Playwright is there Django's ORM refuses to work in this thread."""
    with chromium.playing() as kind, chromium.launched(kind) as found:
        yield found


@pytest.fixture(scope="module")
def shared_site(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The proxy forwards everything again after each test."""
    yield shared_site
    shared_site.proxy.release()
    shared_site.proxy.drop(0)
    shared_site.proxy.strips = False
    shared_site.proxy.cuts = shared_site.proxy.loses = b""
    shared_site.proxy.canned.clear()


@pytest.fixture
def own_site(built: None, tmp_path: Path) -> Iterator[Site]:
    """One that a test may stop and start: the clock of a server that was moved does not outlive its process."""
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile without a history."""
    found = chromium.profile(browser, ignore_https_errors=True, reduced_motion="reduce")
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
