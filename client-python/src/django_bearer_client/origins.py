"""Where a token may be sent: to one origin, over HTTPS or to this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

PORTS = {"https": 443, "http": 80}


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL (RFC 6454 section 4). Raises `ValueError` for one that has none of them."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("The URL must begin with https:// and name a host.")
    return parts.scheme, parts.hostname.lower().rstrip("."), parts.port or PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nobody can read along."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_base(url: str) -> str:
    """A URL that tokens may be sent to, with a slash at its end.

    Raises `ValueError` for plain HTTP to another machine, and for a URL with a password, a query or a fragment.
    """
    parts = urlsplit(url)
    scheme, host, _ = origin(url)
    if scheme != "https" and not is_loopback(host):
        raise ValueError("Tokens go over HTTPS only. Begin the URL with https://.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The URL must carry no name and no password.")
    if parts.query or parts.fragment:
        raise ValueError("The URL must have no query and no fragment.")
    return url if url.endswith("/") else f"{url}/"


def endpoints_of(api: str, mount: str) -> str:
    """Where the authentication endpoints are. Raises `ValueError` where that is another origin than the API's."""
    found = read_base(urljoin(api, mount))
    if origin(found) != origin(api):
        raise ValueError("The authentication endpoints belong to the API's origin.")
    return found
