"""Runs flows in asynchronous code: the only place that sends or waits there."""

from __future__ import annotations

from typing import TypeVar

import anyio
import httpx

from .failures import Answer
from .requests_sync import MAX_BODY, read
from .steps import Flow, Post

T = TypeVar("T")


async def run(flow: Flow[T], client: httpx.AsyncClient) -> T:
    """What the flow returns. An exception, also a cancellation, ends the flow, which gives its lock back."""
    answer: Answer | None = None
    try:
        while True:
            step = flow.send(answer)
            if isinstance(step, Post):
                answer = await send(client, step)
            else:
                answer = None
                await anyio.sleep(step.seconds)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()


async def send(client: httpx.AsyncClient, step: Post) -> Answer:
    """The answer, or one with status 0. What was sent shows in no exception."""
    try:
        async with client.stream("POST", step.path, json=dict(step.body), headers=dict(step.headers)) as response:
            content = b""
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MAX_BODY:
                    return Answer(response.status_code)
            return read(response, content)
    except (httpx.HTTPError, httpx.StreamError):
        return Answer(0)
