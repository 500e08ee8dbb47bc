"""Browsers at the endpoints: the rules of their requests, the newest session among the cookies, the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..conf.clients import Client, ClientKind
from ..database import aliases
from ..errors import BrowserUnsupported
from ..http import app_origins, browser_origin, cookies
from ..http.challenge import Answer
from ..http.cookies import Cookie
from ..models import Session
from ..primitives.same_site import origin_of
from ..sessions import revocation
from ..sessions.issued_refresh_tokens import is_of_another_issuer, prove
from ..sessions.token_response import IssuedTokens
from ..tokens.refresh_token import TokenDelivery
from .base import unwrap
from .token_response import tokens_answer

MOST = 8
"""Cookies of one client's sessions that are looked at in one request; a browser holds one or two."""


NOT_DELIVERED = "not_delivered"
"""Why a session ended whose login's answer could not be written."""


def is_browser(request: HttpRequest) -> bool:
    """Whether a page in a browser asks. An app in a web view, or an extension, is none."""
    return browser_origin.is_browser(request.META) and not app_origins.is_app(request.META)


def check(request: HttpRequest, client: Client) -> None:
    """Raise `OriginNotAllowed` for a request that may not touch a cookie of this client, `BrowserUnsupported` for a
    client that is not meant for browsers."""
    if ClientKind.BROWSER not in client.kinds:
        raise BrowserUnsupported(
            f"client {client.id} is not of the kind browser; an app in a web view uses the platform's own HTTP"
        )
    own = origin_of(conf.issuer(request))
    unwrap(browser_origin.refusal(request.META, {own, *client.origins}, own, client.id))


@sensitive_variables()
def newest(request: HttpRequest, client_id: str) -> str:
    """The refresh token of the newest session among the browser's cookies; of any, if none has a row; or empty.

    Whether that session lives is not asked: its cookie shows that its login's answer arrived, so no older session
    comes back when it ends. One that ended because its answer could not be written does not count.
    """
    issuer = conf.issuer(request)
    found = [text for _, text in sessions(request, client_id)]
    proven = {text: token for text in found if (token := prove(text, issuer)) is not None}
    if len(proven) < 2:
        return next(iter(proven), "")
    rows = Session.objects.using(aliases.sessions_alias()).filter(
        pk__in={token.session_id for token in proven.values()}, delivery=TokenDelivery.COOKIE
    )
    delivered = rows.exclude(revoked_at__isnull=False, revoked_cause=NOT_DELIVERED)
    latest = delivered.order_by("-created_at").values_list("pk", flat=True).first()
    return next((text for text, token in proven.items() if token.session_id == latest), next(iter(proven)))


@sensitive_variables()
def sessions(request: HttpRequest, client_id: str) -> list[tuple[str, str]]:
    """Name and token of every cookie of this client's sessions, not yet verified.

    Without those of another issuer: cookies know neither ports nor folders, so a tenant or a server beside this one
    has its own in the same browser. They are not ours to end or to clear.
    """
    issuer, found = conf.issuer(request), cookies.tokens(cookies.extract(request), client_id)
    return [(name, text) for name, text in found.items() if not is_of_another_issuer(text, issuer)][:MOST]


@sensitive_variables()
def is_over(request: HttpRequest, token: str) -> bool:
    """Whether a cookie is of no use any more: not ours, or of a session that has ended."""
    proven = prove(token, conf.issuer(request))
    if proven is None:
        return True
    return (
        not Session.objects.using(aliases.sessions_alias())
        .filter(pk=proven.session_id, revoked_at__isnull=True)
        .exists()
    )


@sensitive_variables()
def earlier(request: HttpRequest, client_id: str) -> tuple[bool, list[tuple[str, str]]]:
    """Whether a browser that logs in had a session before, and the cookies that are over with this login.

    The newest session is not, while it lives: the answer may be lost, and the browser then goes on with it. It ends
    when the browser refreshes with the new session's cookie, which shows that the answer arrived.
    """
    found, current = sessions(request, client_id), newest(request, client_id)
    if current and is_over(request, current):
        current = ""
    return bool(found), [(name, value) for name, value in found if value != current]


@sensitive_variables()
def end(request: HttpRequest, found: Iterable[tuple[str, str]]) -> None:
    """End the sessions of these cookies: their browser has a newer one."""
    for _, token in found:
        proven = prove(token, conf.issuer(request))
        if proven is not None and proven.delivery is TokenDelivery.COOKIE:
            revocation.end_session(proven.session_id, "logged_in_again")


@sensitive_variables()
def answer(issued: IssuedTokens, client_id: str, known_devices: Sequence[str] = ()) -> Answer:
    """The answer that carries tokens, with those that script must not have in cookies."""
    found = tokens_answer(replace(issued, refresh_token=None))
    put: list[Cookie] = []
    members = dict(found.body or {})
    if issued.refresh_token is not None and issued.refresh_expires_in is not None:
        put.append(cookies.of_session(client_id, issued.session_id, issued.refresh_token, issued.refresh_expires_in))
        members["refresh_expires_in"] = issued.refresh_expires_in
    if known_devices:
        put.append(cookies.of_known_devices(known_devices))
    return replace(found, body=members, cookies=tuple(put))


def clearing(found: Answer, names: Iterable[str]) -> Answer:
    """The same answer, which also clears these cookies."""
    return replace(found, cookies=(*found.cookies, *map(cookies.expired, names)))


EMPTY_CACHE = {"Clear-Site-Data": '"cache"'}
"""What lies in the browser's cache goes with the session (OWASP ASVS 14.3.1). No other directive: "cookies" would
take those of sibling hosts along, "storage" what the page keeps for itself, and we keep nothing there."""


def ended(request: HttpRequest, found: Answer) -> Answer:
    """The same answer, to a browser whose session has ended or was replaced: its cache is emptied."""
    return with_headers(found, EMPTY_CACHE) if is_browser(request) else found


def with_headers(found: Answer, headers: Mapping[str, str]) -> Answer:
    """The same answer with more headers."""
    return replace(found, headers={**found.headers, **headers})
