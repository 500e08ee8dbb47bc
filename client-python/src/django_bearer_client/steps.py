"""What a flow asks its driver to do. Flows are generators: the same for synchronous and asynchronous code."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from .failures import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Post:
    """Send an object to an authentication endpoint. The answer is sent into the flow."""

    path: str
    body: Mapping[str, object] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for so many seconds."""

    seconds: float


Flow = Generator[Post | Wait, Answer | None, T]


def post(path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Flow[Answer]:
    """Send, and return the answer."""
    answer = yield Post(path, body, headers or {})
    assert answer is not None  # noqa: S101 - every driver answers a Post
    return answer
