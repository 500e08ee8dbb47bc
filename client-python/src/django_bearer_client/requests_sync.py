"""Runs flows in synchronous code: the only place that sends or waits there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

import httpx

from .answers import retry_after
from .failures import Answer
from .steps import Flow, Post

T = TypeVar("T")
MAX_BODY = 65_536
"""Bytes of an answer; no honest one comes near."""


def run(flow: Flow[T], client: httpx.Client) -> T:
    """What the flow returns. An exception, also one of the caller's, ends the flow, which gives its lock back."""
    answer: Answer | None = None
    try:
        while True:
            step = flow.send(answer)
            if isinstance(step, Post):
                answer = send(client, step)
            else:
                answer = None
                wait(step.seconds)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()


def wait(seconds: float) -> None:
    """Wait for somebody else, or for the server."""
    time.sleep(seconds)


def send(client: httpx.Client, step: Post) -> Answer:
    """The answer, or one with status 0. What was sent shows in no exception."""
    try:
        with client.stream("POST", step.path, json=dict(step.body), headers=dict(step.headers)) as response:
            content = b""
            for part in response.iter_bytes():
                content += part
                if len(content) > MAX_BODY:
                    return Answer(response.status_code)
            return read(response, content)
    except (httpx.HTTPError, httpx.StreamError):
        return Answer(0)


def read(response: httpx.Response, content: bytes) -> Answer:
    """An answer of the server, whatever its body is."""
    members: object = None
    with suppress(ValueError, RecursionError):  # a page of a proxy, say
        members = json.loads(content)
    wait = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
    return Answer(response.status_code, members if isinstance(members, Mapping) else {}, wait)
