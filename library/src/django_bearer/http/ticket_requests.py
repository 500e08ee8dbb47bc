"""Tickets of requests: taken out of the URL before anybody else reads it, and redeemed for views that accept one.

A ticket counts for GET and HEAD alone, for a view that says so, and for no request that another site caused. It is
not in `request.GET`, in a `next` parameter, in the log of the server or in a report of an error: the middleware
takes it out of the query first of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.views.decorators.debug import sensitive_variables

from ..errors import ConfigurationError, Failure, HTTPRefusal, InvalidRequest, MultipleCredentials, OriginNotAllowed
from ..sessions import tickets
from ..sessions.tickets import Redemption, TicketUse
from . import asgi_connection, authentication, cookies, open_streams, ticket_texts
from .handlers import operation, view_class

PARAMETER = "ticket"
METHODS = ("GET", "HEAD")
MIN_COOKIE, MAX_COOKIE = 10, 43_200
"""Seconds for which a ticket's cookie may last."""
MOST_COOKIES = 4
"""Cookies of tickets that are looked at in one request: those of a path and of the folders around it."""
_MARK = "django_bearer_ticket"
_STATE = "_django_bearer_ticket"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a view says of the tickets that it accepts."""

    purpose: str
    cookie_seconds: int | None


@dataclass(slots=True)
class _Sent:
    """The tickets of a request, as it sent them, and what became of them."""

    texts: tuple[str, ...] = field(repr=False)
    cookies: tuple[str, ...] = field(repr=False)
    redemption: Redemption | None = None
    cookie_seconds: int = 0


def accepts_ticket(purpose: str, *, cookie_seconds: int | None = None) -> Callable[[View], View]:
    """Decorate a view that may be entered with a ticket in the URL, where no header can be sent.

        @accepts_ticket("download")
        def invoice(request, number): ...

        @accepts_ticket("media", cookie_seconds=3600)
        def film(request, name): ...

    The request then has `request.user` and `request.auth`, as with an access token. It still may come with one. A
    ticket is good for one GET or HEAD. With `cookie_seconds` its redemption also sets a cookie for the ticket's path,
    by which the browser goes on: a player asks for ranges, and an `EventSource` connects again.

    Args:
        purpose: A name of lower-case letters, digits, `_` and `-`. The client names the same one.
        cookie_seconds: Seconds for which the cookie lasts, 10 to 43,200. None sets none.

    Returns:
        A decorator for functions, classes of views and operations of Ninja.

    Raises:
        ConfigurationError: The purpose is no name, or the seconds are out of bounds.

    Source:
        RFC 6750 section 5.3 (no token in a URL), RFC 6265bis section 4.1.2.
    """
    try:
        tickets.check_purpose(purpose)
    except InvalidRequest as error:
        raise ConfigurationError(f"accepts_ticket: {error}") from None
    if cookie_seconds is not None and not (
        type(cookie_seconds) is int and MIN_COOKIE <= cookie_seconds <= MAX_COOKIE
    ):
        raise ConfigurationError(f"accepts_ticket: cookie_seconds is a number from {MIN_COOKIE} to {MAX_COOKIE}.")

    def decorate(view: View) -> View:
        setattr(view, _MARK, Accepted(purpose, cookie_seconds))
        return view

    return decorate


def may_be_sent(request: HttpRequest) -> bool:
    """Whether a request has a query, or cookies of tickets: only then it is worth a look."""
    return bool(request.META.get("QUERY_STRING") or cookies.of_tickets(request))


@sensitive_variables()
def extract(request: HttpRequest) -> Failure | None:
    """Take the tickets out of a request. A `Failure` where one came over plain HTTP; then it is ended."""
    query, found = request.META.get("QUERY_STRING") or "", cookies.of_tickets(request)
    if not ticket_texts.has_one(query):
        if found:
            vars(request)[_STATE] = _Sent((), found)
        return None
    texts, rest = ticket_texts.split(query, PARAMETER)
    _replace_query(request, query, rest)
    vars(request)[_STATE] = _Sent(texts, found)
    refusals = (authentication.reject_plain_http(request, one_time_token=text) for text in texts[:MOST_COOKIES])
    return next((refused for refused in refusals if refused is not None), None)


@sensitive_variables()
def _replace_query(request: HttpRequest, query: str, rest: str) -> None:
    """Everything that names the query: the request's own, and what servers write into their logs afterwards."""
    request.META["QUERY_STRING"] = rest
    for name in ("RAW_URI", "REQUEST_URI"):
        if name in request.META:
            request.META[name] = str(request.META[name]).replace(query, rest).rstrip("?")
    connection = asgi_connection.of(request)
    if connection is not None:
        connection.scope["query_string"] = request.scope["query_string"] = rest.encode()  # type: ignore[attr-defined]
    vars(request).pop("GET", None)  # cached where somebody above has looked already


def are_carried(request: HttpRequest) -> bool:
    """Whether a request has a ticket in its URL, before `extract` has taken it out."""
    return ticket_texts.has_one(request.META.get("QUERY_STRING") or "")


def are_sent(request: HttpRequest) -> bool:
    """Whether a request came with a ticket or with a ticket's cookie."""
    return _STATE in vars(request)


def admit(request: HttpRequest, view: Any) -> bool:
    """Redeem the ticket of a request for its view. Whether there is an outcome, which authentication then tells."""
    sent: _Sent = vars(request)[_STATE]
    accepted = _accepted(view, str(request.method))
    if accepted is None or request.method not in METHODS:
        return False
    use = TicketUse(accepted.purpose, request.path, accepted.cookie_seconds)
    found = _redeemed(request, sent, use)
    if found is None:
        return False
    if isinstance(found, Redemption):
        sent.redemption, sent.cookie_seconds = found, accepted.cookie_seconds or 0
    authentication.admit(request, found)
    return True


def _accepted(view: Any, method: str) -> Accepted | None:
    """What the view says: itself, the class behind it, or the operation of Ninja behind it."""
    for holder in (view, view_class(view), operation(view, method)):
        found = getattr(holder, _MARK, None)
        if isinstance(found, Accepted):
            return found
    return None


@sensitive_variables()
def _redeemed(request: HttpRequest, sent: _Sent, use: TicketUse) -> Redemption | Failure | None:
    """What the tickets are good for here. A cookie alone that is over counts for nothing: it is only old."""
    if sent.texts and authentication.sends_token(request):
        return Failure(MultipleCredentials, "a ticket in the URL and a token in the header")
    if len(sent.texts) > 1:
        return Failure(MultipleCredentials, "several tickets in the URL")
    if authentication.sends_token(request):
        return None
    if request.META.get("HTTP_SEC_FETCH_SITE") == "cross-site":
        reason = "another site caused a request with a ticket"
        return Failure(OriginNotAllowed, reason) if sent.texts else None
    if sent.texts:
        try:
            return tickets.redeem(sent.texts[0], use, sent.cookies[:MOST_COOKIES])
        except HTTPRefusal as error:  # of the database, or of a transaction above: process_view must answer it
            return Failure(type(error), str(error))
    followed = (tickets.follow(cookie, use) for cookie in sent.cookies[:MOST_COOKIES])
    return next((found for found in followed if isinstance(found, Redemption)), None)


def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response to a request that came with a ticket: its cookie, no referrer, an end with the session's end."""
    sent: _Sent = vars(request)[_STATE]
    if sent.texts:
        response.headers["Referrer-Policy"] = "no-referrer"
        _keep_in_redirect(request, response, sent.texts)
    redemption = sent.redemption
    if redemption is None:
        return response
    if redemption.cookie:
        cookies.of_ticket(redemption.cookie, redemption.path, sent.cookie_seconds).put(response)
    if response.streaming:
        open_streams.end_with(response, redemption.is_alive)
    return response


@sensitive_variables()
def _keep_in_redirect(request: HttpRequest, response: HttpResponseBase, texts: tuple[str, ...]) -> None:
    """Give the ticket back to whom `APPEND_SLASH` sends to the same path with a slash: no view has seen it yet.

    No cache keeps it. Any other redirect gets no ticket, wherever it leads.
    """
    where = response.headers.get("Location", "")
    same = request.resolver_match is None and where.partition("?")[0] == f"{escape_uri_path(request.path)}/"
    if same and len(texts) == 1 and response.status_code in (301, 308) and not where.startswith("//"):
        response.headers["Location"] = f"{where}{'&' if '?' in where else '?'}{PARAMETER}={texts[0]}"
        response.headers["Cache-Control"] = "no-store"
