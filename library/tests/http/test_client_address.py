"""The client's address: as far as the configured proxies vouch, and no further (OB-14, RL-07)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.http import client_address
from django_bearer.http.client_address import client, peer, prefix

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def of(remote: str, forwarded: str = "") -> str:
    return str(client({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}, PROXIES))


def test_header_from_an_untrusted_peer_is_ignored() -> None:
    assert of("198.51.100.7", "1.2.3.4") == "198.51.100.7"


def test_address_is_counted_from_the_right_past_trusted_proxies_only() -> None:
    assert of("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2") == "203.0.113.9"


def test_client_cannot_push_itself_past_the_last_attacker() -> None:
    assert of("10.0.0.1", "10.9.9.9, 203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize("hop", ["unknown", "_hidden", "999.1.1.1", "a, b", '"'])
def test_garbage_ends_the_walk(hop: str) -> None:
    assert of("10.0.0.1", f"6.6.6.6, {hop}") == "10.0.0.1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        (' "[2001:db8::1]" ', "2001:db8::1"),
    ],
)
def test_ports_brackets_and_mapped_addresses(text: str, address: str) -> None:
    assert of("10.0.0.1", text) == address


def test_a_socket_has_no_address() -> None:
    assert peer({"REMOTE_ADDR": ""}) is None
    assert peer({}) is None
    assert prefix(None) == "local"


def test_one_source_is_an_ipv4_address_or_an_ipv6_64() -> None:
    assert prefix(ipaddress.ip_address("203.0.113.9")) == "203.0.113.9"
    one, other = (prefix(ipaddress.ip_address(text)) for text in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"))
    assert one == other
    assert prefix(ipaddress.ip_address("2001:db8:0:2::1")) != one


@given(st.ip_addresses(), st.integers(0, 32))
def test_the_network_around_an_address_is_the_one_that_python_knows(
    address: client_address.Address, bits: int
) -> None:
    assert client_address.around(address, bits) == str(ipaddress.ip_network((address, bits), strict=False))


def test_the_network_around_a_scoped_address_has_no_scope() -> None:
    assert client_address.around(ipaddress.IPv6Address("fe80::1%eth0"), 64) == "fe80::/64"


def test_no_long_string_is_remembered() -> None:
    before = client_address._read.cache_info().currsize
    assert peer({"REMOTE_ADDR": "1" * 65}) is None
    assert client_address._read.cache_info().currsize == before
