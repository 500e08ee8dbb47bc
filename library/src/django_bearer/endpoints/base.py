"""What every endpoint does the same way: method, size, type, strict JSON, and one shape for every refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from ..database.conflicts import is_lost_race
from ..errors import (
    BodyTooLarge,
    Failure,
    HTTPRefusal,
    InsecureTransport,
    InvalidRequest,
    MalformedToken,
    MethodNotAllowed,
    RateLimited,
    TemporarilyUnavailable,
    TransportUnknown,
    UnsupportedMediaType,
)
from ..http.authentication import refuse_exposed_tokens
from ..http.bearer_header import declared_length
from ..http.challenge import Answer, refusal_answer
from ..http.error_responses import respond
from ..http.middleware import refuses_plain_http
from ..primitives.encoding import strict_json
from ..primitives.redaction import redact_locals
from ..rate_limits import limiter, rules

MAX_BODY = 16_384
"""Bytes of a request body; no honest request to these endpoints comes near."""
MAX_RESOURCES = 20
MAX_FIELDS = 50
FORM = "application/x-www-form-urlencoded"
MAX_DIGITS = 20
"""Of a declared length; Python itself refuses to read thousands of them."""

Endpoint = Callable[[HttpRequest, Mapping[str, Any]], Answer]


Read = Callable[[HttpRequest], Mapping[str, Any]]
View = TypeVar("View", bound=Callable[..., Any])


def no_body(request: HttpRequest) -> Mapping[str, Any]:
    """For an endpoint that needs nothing but the credential in the header: the body stays unread."""
    return {}


def endpoint(handle: Endpoint, read: Read | None = None, method: str = "POST") -> Callable[..., HttpResponse]:
    """A Django view around a handler: one method, JSON (or what `read` makes of the body), outside any transaction.

    What the route captures goes to the handler beside the body's members, and over them. CSRF does not apply: nothing
    here is authorised by a cookie.
    """

    @refuses_plain_http
    @login_not_required
    @csrf_exempt
    @outside_transactions
    @sensitive_post_parameters()
    @sensitive_variables()
    @wraps(handle)
    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        return respond(answer(handle, request, lambda asked: {**(read or read_json)(asked), **captured}, method))

    return view


def endpoints(**views: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """One route with a view for each of several methods; any other method is told which there are."""
    first = next(iter(views.values()))

    @refuses_plain_http
    @login_not_required
    @csrf_exempt
    @outside_transactions
    @wraps(first)
    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        chosen = views.get(str(request.method))
        answered = (chosen or first)(request, **captured)
        if chosen is None:
            answered["Allow"] = ", ".join(views)
        return answered

    return view


class _Everywhere(set[str]):
    """Every database alias a project may have, or add while it runs."""

    def __contains__(self, alias: object) -> bool:
        return True


def outside_transactions(view: View) -> View:
    """Exempt a view from ATOMIC_REQUESTS on every database.

    Django's own `non_atomic_requests` names one alias, and sessions need not live in `default`.
    """
    view._non_atomic_requests = _Everywhere()  # type: ignore[attr-defined]
    return view


@redact_locals
@sensitive_variables()
def answer(handle: Endpoint, request: HttpRequest, read: Read, method: str = "POST") -> Answer:
    """What the handler answers, refusals included. `read` yields the body's members or raises `HTTPRefusal`."""
    try:
        if request.method != method:
            raise MethodNotAllowed(f"{request.method} where {method} is meant")
        return _handle(handle, request, read(request))
    except HTTPRefusal as error:
        in_clear = isinstance(error, InsecureTransport | TransportUnknown)
        found = refusal_answer((None if in_clear else exposed(request)) or error)
        extra = {"Allow": method} if isinstance(error, MethodNotAllowed) else {}
        return replace(found, headers={**found.headers, **extra})


@sensitive_variables()
def exposed(request: HttpRequest) -> HTTPRefusal | None:
    """For a refused request: the refusal of plain HTTP, where its body holds tokens of ours that came over it.

    They are revoked, whatever else is wrong with the request.
    """
    if request.is_secure():
        return None
    try:
        body = read_capped(request).decode("latin-1")
    except (HTTPRefusal, OSError):
        return None
    found = refuse_exposed_tokens(request, body)
    return None if found is None else found.exception()


@sensitive_variables()
def _handle(handle: Endpoint, request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The handler's answer. A race lost where it cannot be run again, as in a receiver, is the client's to repeat.

    What a receiver, a model or a backend of the project refuses by Django's `ValidationError` is a refusal, too.
    """
    try:
        return handle(request, members)
    except HTTPRefusal:  # one of Django's authenticate() is both
        raise
    except ValidationError as error:
        raise InvalidRequest(f"the project's code refused it: {type(error).__name__}") from error
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        raise TemporarilyUnavailable("a receiver or backend lost a race in the database") from error


@sensitive_variables()
def read_json(request: HttpRequest) -> Mapping[str, Any]:
    """The members of a JSON body, its size capped before it is parsed; an empty body has none."""
    raw = read_capped(request)
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise UnsupportedMediaType("the body is not declared as JSON")
    return parse(raw)


@sensitive_variables()
def read_form(request: HttpRequest) -> Mapping[str, Any]:
    """The members of a form body, as RFC 7009 and RFC 7662 ask for, or of a JSON one."""
    if request.content_type != FORM:
        return read_json(request)
    return parse_form(read_capped(request))


@sensitive_variables()
def parse_form(raw: bytes) -> Mapping[str, str]:
    """The members of a form. Raises `InvalidRequest` for one that comes twice (RFC 6749 section 3.2)."""
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise InvalidRequest("the body is not a form") from None
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidRequest("a parameter comes twice")
    return members


@sensitive_variables()
def read_capped(request: HttpRequest) -> bytes:
    """The body, or `BodyTooLarge` when it is longer than `MAX_BODY`; no more than that is ever read.

    It stays readable as `request.body`, for the project's own backends and receivers that read the request.
    """
    if declared_length(request.META) > MAX_BODY:
        raise BodyTooLarge(f"the body is declared longer than {MAX_BODY} bytes")
    kept = hasattr(request, "_body")
    raw: bytes = request._body if kept else request.read(MAX_BODY + 1)
    if len(raw) > MAX_BODY:
        raise BodyTooLarge(f"the body is longer than {MAX_BODY} bytes")
    if not kept:
        # As HttpRequest.body leaves them. It is not asked: it reads without a limit what declares no length.
        request._body, request._stream = raw, BytesIO(raw)
    return raw


@sensitive_variables()
def parse(raw: bytes) -> Mapping[str, Any]:
    """A strict JSON object. Raises `InvalidRequest`."""
    try:
        return strict_json(raw)
    except MalformedToken as error:
        raise InvalidRequest(f"the body is not a JSON object: {error}") from None


@sensitive_variables()
def text(members: Mapping[str, Any], name: str, most: int, required: bool = False) -> str:
    """A string member of at most `most` characters that any database can store; empty when it is absent.

    Raises `InvalidRequest` for another type, length, a NUL, or half a surrogate pair.
    """
    value = members.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > most or "\x00" in value or not is_unicode(value):
        raise InvalidRequest(f"{name} is missing, not a text, or longer than {most} characters")
    if required and not value:
        raise InvalidRequest(f"{name} is empty")
    return value


def flag(members: Mapping[str, Any], name: str) -> bool:
    """A member that is true or false, false where it is missing. Raises `InvalidRequest` for anything else."""
    value = members.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidRequest(f"{name} is neither true nor false")
    return bool(value)


def is_unicode(value: str) -> bool:
    """Whether a string has no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def scope(members: Mapping[str, Any]) -> frozenset[str] | None:
    """The scope asked for (RFC 6749 section 3.3), or None when none was named."""
    found = text(members, "scope", 2000)
    return frozenset(found.split()) if found else None


def resource(members: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The audiences asked for (RFC 8707 section 2): a string or a list of strings; None when none was named."""
    found = members.get("resource")
    if found is None:
        return None
    named = found if isinstance(found, list) else [found]
    if not 0 < len(named) <= MAX_RESOURCES:
        raise InvalidRequest(f"resource is a text, or a list of at most {MAX_RESOURCES}")
    return tuple(text({"resource": one}, "resource", 512, required=True) for one in named)


def check_limits(buckets: Iterable[rules.Bucket]) -> None:
    """Count one request at this endpoint, or raise `RateLimited` with how long to wait."""
    wait = limiter.admit(buckets)
    if wait:
        raise RateLimited("a bucket of this endpoint is full", retry_after=wait)


def unwrap(outcome: Any) -> Any:
    """The outcome itself, or its refusal raised."""
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome
