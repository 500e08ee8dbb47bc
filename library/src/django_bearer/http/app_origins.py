"""Origins of apps that run in a web view, and of browser extensions, such as capacitor://localhost.

Such an origin identifies nobody: every app on every device may have the same one. It only says that no web page sends
the request, for a page has an origin of http or https. So its sessions are those of a native app, in bodies.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import conf
from ..conf.clients import Client
from ..errors import Failure, OriginNotAllowed


def is_app(meta: Mapping[str, object]) -> bool:
    """Whether the `Origin` of a request is that of an app of one of the clients."""
    origin = meta.get("HTTP_ORIGIN")
    if not isinstance(origin, str) or origin.startswith(("http:", "https:")):
        return False
    return any(origin in client.app_origins for client in conf.current().clients.values())


def refusal(meta: Mapping[str, object], client: Client) -> Failure | None:
    """A `Failure` where an app asks in the name of a client whose app it is not."""
    if not is_app(meta) or meta.get("HTTP_ORIGIN") in client.app_origins:
        return None
    return Failure(OriginNotAllowed, f"Origin is an app's, and not one of client {client.id}'s app_origins")
