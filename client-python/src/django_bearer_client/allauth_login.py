"""One request to django-allauth's endpoints that may complete a login. Pure but for the store."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from .keeper import Keeper
from .logins import Step, login
from .server_errors import LoginIncomplete
from .steps import Flow


def login_by_allauth(
    keeper: Keeper,
    accounts: str,
    path: str,
    body: Mapping[str, object],
    client: Mapping[str, object],
    session_token: str = "",
) -> Flow[Mapping[str, object]]:
    """Send it, and store the tokens of the answer. `session_token` names the login that goes on; it opens nothing.

    Only the first answer of a login carries that token, so an error of a later one is given it here.
    """
    headers = {**naming(client), **({"X-Session-Token": session_token} if session_token else {})}
    try:
        return (yield from login(keeper, Step(f"{accounts}v1/{path}", body, client, headers)))
    except LoginIncomplete as error:
        if session_token:
            error.members = {"session_token": session_token, **error.members}
        raise


def naming(client: Mapping[str, object]) -> dict[str, str]:
    """How a client names itself where the body is not ours: with a secret as RFC 6749 section 2.3.1 says. Pure."""
    name, secret = str(client["client_id"]), client.get("client_secret")
    if secret is None:
        return {"X-Bearer-Client": name}
    pair = f"{quote(name, safe='')}:{quote(str(secret), safe='')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
