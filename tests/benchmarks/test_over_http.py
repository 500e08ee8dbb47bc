"""The benchmark over HTTP: its client counts what a server answered, its report compares, and the command works."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import http_client, http_servers, over_http

ROOT = Path(__file__).parents[2]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(parts: list[bytes], seen: list[bytes], tasks: list[Any]) -> Answering:
    """A server that reads requests and writes these parts after each."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        while request := await reader.read(1000):
            seen.append(request)
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    return answer


async def loaded(parts: list[bytes], seen: list[bytes], count: int) -> list[float]:
    tasks: list[Any] = []
    server = await asyncio.start_server(answering(parts, seen, tasks), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            return await http_client.load(port, None, http_client.request("/x/", "Bearer t"), 3, count)
        finally:
            await asyncio.gather(*tasks)


@pytest.mark.parametrize("parts", [[OK], [OK[:20], OK[20:-1], OK[-1:]], [CHUNKS]], ids=["whole", "parts", "chunks"])
def test_each_request_is_sent_once_the_answer_before_is_there(parts: list[bytes]) -> None:
    seen: list[bytes] = []
    times = asyncio.run(loaded(parts, seen, 7))
    assert len(times) == len(seen) == 7
    assert set(seen) == {http_client.request("/x/", "Bearer t")}
    assert all(took > 0 for took in times)


def test_an_answer_that_is_no_200_ends_the_run() -> None:
    with pytest.raises(http_client.UnexpectedAnswer, match="401"):
        asyncio.run(loaded([OK.replace(b"200 OK", b"401 Unauthorized")], [], 3))


def party(name: str, rates: list[float], processor: float, baseline: str = over_http.NONE) -> over_http.Party:
    return over_http.Party(name, b"", baseline, rates, [1 / rate for rate in rates], [processor] * len(rates))


def test_a_party_is_compared_with_its_own_bare_view_and_with_simplejwt() -> None:
    found = over_http.figures(
        [
            party(over_http.NONE, [1000, 2000], 0.0010),
            party("django-bearer", [500, 1000], 0.0012),
            party("simplejwt", [250, 500], 0.0015),
            party(over_http.PLAIN, [4000, 4000], 0.0002, over_http.PLAIN),
            party("plain view, django-bearer", [2000, 1000], 0.0003, over_http.PLAIN),
        ]
    )
    assert found["django-bearer"]["of_the_bare_view"] == 0.5
    assert found["django-bearer"]["processor_added_us"] == 200
    assert found["django-bearer"]["processor_added_to_simplejwt"] == 0.4
    assert found["plain view, django-bearer"]["processor_added_us"] == 100


def test_the_figures_are_written_as_a_page_with_charts(tmp_path: Path) -> None:
    cases = over_http.figures([party(over_http.NONE, [1000.0, 2000.0], 0.001)])
    found: dict[str, Any] = {"machine": {}, "rounds": 2, "requests": 9, "connections": 1}
    over_http.write({**found, "servers": {"granian, WSGI": cases}}, tmp_path)
    page = (tmp_path / "http.md").read_text()
    assert "### granian, WSGI" in page
    assert all((tmp_path / name).exists() for name in ("http.json", "http-granian-wsgi-light.svg"))
    assert "http-granian-wsgi-dark.svg" in page


def test_the_time_of_a_process_contains_that_of_what_it_started() -> None:
    assert os.getpid() in set(http_servers._family(os.getpid()))
    assert http_servers._ticks(os.getpid()) > 0
    assert http_servers._ticks(2**30) == 0


@pytest.mark.hard
def test_the_command_measures_every_party() -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("nginx is not installed")
    size = ["--rounds", "1", "--requests", "4", "--connections", "2"]
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.over_http", "--server", "gunicorn, WSGI", *size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    for name in (over_http.NONE, "django-bearer", "simplejwt", "authtoken", "knox", "plain view, django-bearer"):
        assert f"| {name} " in done.stdout
