"""Device and place in words: for people, harmless whatever a client sends."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.http import request_device

AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
    " Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
    " Safari/537.36": "Chrome on Windows",
}


@pytest.fixture(autouse=True)
def looked_for_anew() -> Iterator[None]:
    request_device._parser.cache_clear()
    yield
    request_device._parser.cache_clear()


def test_a_parser_that_is_not_installed_is_looked_for_once(monkeypatch: Any) -> None:
    looked: list[str] = []

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            looked.append(name)

    monkeypatch.delitem(sys.modules, "ua_parser", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder])
    assert [request_device.device("curl/8") for _ in range(3)] == ["curl"] * 3
    assert looked == ["ua_parser"]


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("installed", [True, False])
def test_common_browsers_in_words(agent: str, installed: bool, monkeypatch: Any) -> None:
    if not installed:
        monkeypatch.setitem(sys.modules, "ua_parser", None)
    assert request_device.device(agent) == AGENTS[agent]


def test_without_the_extra_a_phone_is_still_a_phone(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
    assert request_device.device(agent) == "Safari on iPhone"
    assert request_device.device("Notes/1.0 CFNetwork/1500 Darwin/23.0") == "Apple app"


@pytest.mark.parametrize("agent", ["", "   ", "?", "\x00"])
def test_nothing_known_is_said_so(agent: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    assert request_device.device(agent) == "Unknown device"


@given(st.text(max_size=2000))
def test_no_agent_breaks_it_or_grows(agent: str) -> None:
    words = request_device.device(agent)
    assert words.isprintable()
    assert 0 < len(words) <= request_device.MAX_WORDS


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48")],
)
def test_an_address_is_kept_as_its_network(address: str, network: str) -> None:
    assert request_device.network(ipaddress.ip_address(address)) == network


def test_a_socket_is_nowhere() -> None:
    assert request_device.network(None) == ""
