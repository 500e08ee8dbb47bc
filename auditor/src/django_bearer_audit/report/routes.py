"""The route table as text: every route and method, who may enter, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django_bearer_audit.finding import Skipped
from django_bearer_audit.project.routes import RouteTable
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Who
from django_bearer_audit.report.plain import as_json as plain_json
from django_bearer_audit.report.plain import plain

_MOST = 300
"""Characters of a cell: the columns are as wide as their widest."""
_PACKAGES = (
    "routes of installed packages, such as the admin's, are not listed; manage.py bearer_routes --who lists all"
)
_NO_ROUTE = "(no route leads to it)"
_SHORT = {Who.EVERYBODY: "EVERYBODY", Who.USER: "user", Who.CHECKED: "checked", Who.UNKNOWN: "?"}


def render(table: RouteTable, skipped: Iterable[Skipped] = ()) -> str:
    rows = cells(table)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    widths[1] = min(widths[1], 60)
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *_summary(table), *map(_incomplete, _unread(skipped))]) + "\n"


def as_json(table: RouteTable, skipped: Iterable[Skipped] = ()) -> str:
    """The same for programs: an object of lists: `routes`, `not_followed` (places), `not_read` (path and reason)."""
    told = {
        "routes": [_told(each) for each in _sorted(table)],
        "not_followed": [str(each) for each in table.unseen],
        "not_read": [{"path": each.path, "reason": each.reason} for each in _unread(skipped)],
    }
    return plain_json(told) + "\n"


def _unread(skipped: Iterable[Skipped]) -> list[Skipped]:
    return [each for each in skipped if each.unread]


def _incomplete(skipped: Skipped) -> str:
    """A view in a file that was not read is in no row."""
    return f"incomplete: {plain(f'{skipped.path}: {skipped.reason}')}"


def _told(endpoint: Endpoint) -> dict[str, Any]:
    facts = {
        "permission": endpoint.permission,
        "authentication": endpoint.authentication,
        "throttle": endpoint.throttle,
    }
    return {
        "method": endpoint.method,
        "route": None if endpoint.path == "?" else f"/{endpoint.path.lstrip('/')}",
        "who": endpoint.who.value,
        "view": endpoint.view,
        "purpose": endpoint.purpose.value,
        **{name: {"names": fact.names, "source": fact.source.value} for name, fact in facts.items()},
        "csrf": None if endpoint.csrf.names is None else bool(endpoint.csrf.names),
        "where": str(endpoint.where),
    }


def cells(table: RouteTable) -> tuple[tuple[str, ...], ...]:
    """The rows of the table, its head first."""
    return (("METHOD", "ROUTE", "WHO", "WHY"), *(tuple(map(_cell, _row(each))) for each in _sorted(table)))


def _cell(text: str) -> str:
    return plain(text, _MOST)


def _sorted(table: RouteTable) -> list[Endpoint]:
    return sorted(table.endpoints, key=lambda each: (each.path == "?", each.path, each.method, each.view))


def _row(endpoint: Endpoint) -> tuple[str, str, str, str]:
    path = _NO_ROUTE if endpoint.path == "?" else f"/{endpoint.path.lstrip('/')}"
    return endpoint.method, path, _SHORT[endpoint.who], "; ".join(_why(endpoint))


def _why(endpoint: Endpoint) -> Iterator[str]:
    yield endpoint.view
    yield f"permission: {endpoint.permission}"
    if endpoint.purpose is not Purpose.OTHER:
        yield endpoint.purpose.value
    if endpoint.throttle.names:
        yield f"throttle: {endpoint.throttle}"
    if endpoint.csrf.names == () and endpoint.csrf.where is not None and not endpoint.safe:
        yield f"no CSRF check ({endpoint.csrf.where})"


def _summary(table: RouteTable) -> Iterator[str]:
    counts = Counter(endpoint.who for endpoint in table.endpoints)
    told = ", ".join(f"{counts[who]} {who.value}" for who in Who if counts[who])
    yield ""
    yield f"{len(table.endpoints)} routes and methods{f': {told}' if told else ''}"
    yield _PACKAGES
    for place in table.unseen:
        yield f"not followed: {plain(str(place))}"
