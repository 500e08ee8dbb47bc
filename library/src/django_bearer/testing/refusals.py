"""Why requests were refused during a test: the lines of the debug log, for the report of a failed test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import HTTPRefusal
from ..http.challenge import REFUSED_WITH, listening


@contextmanager
def collected(lines: list[str]) -> Iterator[None]:
    """Within it, a line is appended to `lines` for each refused request: request id, code, and the failed check."""

    def hear(request_id: str, error: HTTPRefusal) -> None:
        lines.append(REFUSED_WITH % (request_id, error.code, error))

    with listening(hear):
        yield
