"""Reports of browsers that a page broke its Content Security Policy: counted, truncated, and never trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from .. import events
from ..errors import InvalidRequest, UnsupportedMediaType
from ..http import client_address
from ..http.challenge import NO_STORE, Answer
from ..rate_limits import rules
from .base import check_limits, endpoint, read_capped

TYPES = frozenset({"application/csp-report", "application/reports+json"})
MOST = 20
"""Reports of one request that are looked at."""
LONGEST = 100


def report(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Note which directive was broken by what. Anybody can send this, so it is a hint and no more."""
    address = client_address.of(request)
    check_limits(rules.csp_reports(address))
    for one in members["reports"][:MOST]:
        events.publish_sampled(events.EventKind.CSP_VIOLATION, address=address, details=_details(one))
    return Answer(204, None, NO_STORE)


def _read(request: HttpRequest) -> Mapping[str, Any]:
    """The reports in a body of either format (CSP3 section 5.3, Reporting API)."""
    if request.content_type not in TYPES:
        raise UnsupportedMediaType("a report is application/csp-report or application/reports+json")
    try:
        found = json.loads(read_capped(request))
    except (ValueError, RecursionError):
        raise InvalidRequest("the report is no JSON") from None
    listed = found if isinstance(found, list) else [found]
    return {"reports": [body for body in map(_body, listed) if body]}


def _body(found: Any) -> Mapping[str, Any]:
    body = found.get("csp-report") or found.get("body") if isinstance(found, dict) else None
    return body if isinstance(body, dict) else {}


def _details(body: Mapping[str, Any]) -> dict[str, str | int]:
    """Directive and blocked address, without paths and queries, which may hold secrets."""
    directive = body.get("effective-directive") or body.get("effectiveDirective") or body.get("violated-directive")
    blocked = str(body.get("blocked-uri") or body.get("blockedURL") or "")
    scheme, mark, rest = blocked.partition("://")
    return {
        "directive": str(directive or "")[:LONGEST],
        "blocked": (f"{scheme}{mark}{rest.partition('/')[0].partition('?')[0]}" if mark else blocked)[:LONGEST],
    }


csp_report_view = endpoint(report, _read)
