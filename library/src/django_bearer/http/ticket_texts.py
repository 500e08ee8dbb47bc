"""Tickets in texts that name URLs: found however they are spelled, and taken out. Pure but for the log's filter."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote, unquote_plus

from ..tokens.ticket import PREFIX

_PERCENT = re.escape(PREFIX).replace("_", "(?:_|%(?:25)*5[Ff])")
_ANYWHERE = re.compile(rf"{_PERCENT}[A-Za-z0-9_%-]*", re.ASCII)
TIMES = 4
"""How often a text may have been percent-encoded."""


def has_one(query: str) -> bool:
    """Whether a query may hold a ticket, as it is or percent-encoded."""
    return PREFIX in query or ("%" in query and PREFIX in _decoded(query))


def split(query: str, parameter: str) -> tuple[tuple[str, ...], str]:
    """The tickets that this parameter names, and the query without any: none is left inside of another value."""
    texts, rest = [], []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        text = unquote_plus(value)
        if unquote_plus(name) == parameter and text.startswith(PREFIX):
            texts.append(text)
            continue
        kept = _ANYWHERE.sub("", part)
        rest.append(
            kept if PREFIX not in _decoded(kept) else f"{name if PREFIX not in _decoded(name) else ''}{equals}"
        )
    return tuple(texts), "&".join(rest)


def without(text: str) -> str:
    """A line of a log without its tickets."""
    found = _ANYWHERE.sub("…", text)
    return f"{found.partition('?')[0]}?…" if "%" in found and PREFIX in _decoded(found) else found


def _decoded(text: str) -> str:
    for _ in range(TIMES):
        found = unquote(text)
        if found == text:
            break
        text = found
    return text


class _Filter(logging.Filter):
    """Takes tickets out of the lines that `runserver` writes: its handler knows the first line as it was sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(without(one) if isinstance(one, str) else one for one in record.args)
        return True


_filter = _Filter()


def keep_out_of_logs() -> None:
    """Filter the log of Django's own server. May be called twice."""
    logging.getLogger("django.server").addFilter(_filter)
