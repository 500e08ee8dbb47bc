"""Clients and tokens for tests of the endpoints that speak about tokens."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.test import Client, override_settings

from django_bearer import IssuedTokens, issue_session
from django_bearer.conf.clients import new_secret

OWN = "https://api.example.com/"
BILLING = "https://billing.example.com/"
SECRET, OTHER_SECRET = new_secret(), new_secret()
CLIENTS: dict[str, dict[str, Any]] = {
    "first-party": {"kind": ["browser", "native"], "handover_to": ["phone"]},
    "phone": {
        "kind": "native",
        "audiences": [OWN, BILLING],
        "handover_url": "https://app.example.com/phone/",
    },
    "backend": {"kind": "native", "secret_digest": OTHER_SECRET.digest},
    "billing": {"kind": "machine", "audiences": [BILLING], "secret_digest": SECRET.digest},
    "gateway": {"kind": "machine", "secret_digest": SECRET.digest},
}
FORM = "application/x-www-form-urlencoded"
PREFIXES = ["/auth", "/drf-auth"]


def configured(**more: Any) -> Any:
    """The settings of the tests with these clients."""
    return override_settings(BEARER={**settings.BEARER, "CLIENTS": CLIENTS, **more})


def basic(client_id: str, secret: str) -> dict[str, str]:
    """A Basic header for that client."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask(path: str, body: dict[str, Any] | str = "", *, form: bool = False, **headers: str) -> Any:
    """POST a body to an endpoint, as JSON or as a form."""
    from urllib.parse import urlencode

    content = urlencode(body) if form and isinstance(body, dict) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(path, content, content_type=FORM if form else "application/json", headers=named)


def issue(user: Any, client_id: str = "first-party", *resource: str) -> IssuedTokens:
    return issue_session(user, client_id=client_id, resource=resource or None)


def alive(token: str) -> bool:
    return bool(Client().get("/plain/", headers=bearer(token)).status_code == 200)
