"""Many threads, tasks and processes with one session: one refresh, and nobody loses it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from django_bearer_client import BearerAuth, ServerRefusal, TokenFile
from tools.support.timeouts import HANG

from .conftest import HERE, PASSWORD

THREADS = 8
TRIALS = int(os.environ.get("TRIALS", "20"))


def expire(store: TokenFile) -> None:
    """As if the access token had been issued an hour ago."""
    found = store.load()
    assert found is not None
    store.save(replace(found, issued_at=found.issued_at - 3600, expires_at=found.expires_at - 3600))


class Counted(httpx.BaseTransport):
    """Sends over the network and counts."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return self._real.handle_request(request)


class CountedAsync(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.paths: list[str] = []
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return await self._real.handle_async_request(request)


@pytest.fixture
def logged_in(url: str, store: TokenFile) -> TokenFile:
    BearerAuth(url, store).login("ann", PASSWORD)
    return store


def test_many_threads_share_one_refresh(url: str, logged_in: TokenFile) -> None:
    expire(logged_in)
    transport = Counted()
    auth = BearerAuth(url, logged_in, transport=transport)
    begin = threading.Barrier(THREADS)

    def call(_: int) -> int:
        begin.wait()
        with httpx.Client(base_url=url, auth=auth, timeout=HANG) as client:
            return client.get("/me/").status_code

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(call, range(THREADS))) == [200] * THREADS
    assert transport.paths == ["/auth/refresh/"]


def test_many_objects_over_one_file_share_one_refresh(url: str, logged_in: TokenFile) -> None:
    expire(logged_in)
    transports = [Counted() for _ in range(THREADS)]
    begin = threading.Barrier(THREADS)

    def call(transport: Counted) -> str:
        auth = BearerAuth(url, TokenFile(logged_in.path), transport=transport)
        begin.wait()
        return auth.access_token()

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(call, transports))) == 1
    assert [path for transport in transports for path in transport.paths] == ["/auth/refresh/"]


def test_many_tasks_share_one_refresh(url: str, logged_in: TokenFile) -> None:
    async def main() -> tuple[list[int], list[str]]:
        transport = CountedAsync()
        auth = BearerAuth(url, logged_in, async_transport=transport)
        async with httpx.AsyncClient(base_url=url, auth=auth, timeout=HANG) as client:
            found = await asyncio.gather(*(client.get("/me/") for _ in range(THREADS)))
        return [answer.status_code for answer in found], transport.paths

    expire(logged_in)
    assert asyncio.run(main()) == ([200] * THREADS, ["/auth/refresh/"])
    expire(logged_in)
    assert asyncio.run(main()) == ([200] * THREADS, ["/auth/refresh/"]), "in a loop that came later, too"


def test_a_task_that_is_cancelled_in_a_refresh_gives_the_lock_back(url: str, logged_in: TokenFile) -> None:
    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    async def main() -> int:
        auth = BearerAuth(url, logged_in, async_transport=Slow())
        task = asyncio.create_task(auth.aaccess_token())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        other = BearerAuth(url, logged_in)
        async with httpx.AsyncClient(base_url=url, auth=other, timeout=HANG) as client:
            return (await client.get("/me/")).status_code

    expire(logged_in)
    asked = asyncio.Event()
    assert asyncio.run(main()) == 200


def test_async_login_second_step_and_logout(url: str, store: TokenFile) -> None:
    async def main() -> None:
        auth = BearerAuth(url, store)
        await auth.alogin("ann", PASSWORD, scope=["notes:read"])
        assert auth.logged_in
        await auth.alogout()
        assert not auth.logged_in
        await auth.alogin("ann", PASSWORD)
        await auth.alogout_everywhere()
        assert not auth.logged_in
        with pytest.raises(ServerRefusal) as caught:
            await auth.asecond_factor("djb_lt_x", "123456")
        assert caught.value.code == "not_found", "this server has no second factor"

    asyncio.run(main())


WORKER = """
import json, sys
from dataclasses import replace
import httpx
from django_bearer_client import BearerAuth, TokenFile

url, path, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = TokenFile(path)
auth = BearerAuth(url, store)
statuses = []
print("ready", flush=True)
sys.stdin.readline()
with httpx.Client(base_url=url, auth=auth, timeout=None) as client:
    for _ in range(rounds):
        # As the API sees a token that it has revoked meanwhile.
        token = auth.access_token()
        auth._run(auth._token(refused=token))
        statuses.append(client.get("/me/").status_code)
print(json.dumps(statuses), flush=True)
"""


def run_processes(url: str, store: TokenFile, count: int, rounds: int) -> list[list[int]]:
    command = [sys.executable, "-c", WORKER, url, str(store.path), str(rounds)]
    workers = [
        subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        found: list[list[int]] = []
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            said, _ = worker.communicate()
            assert worker.returncode == 0
            found.append(json.loads(said))
        return found
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


@pytest.mark.parametrize(("count", "rounds"), [(2, 3), pytest.param(4, TRIALS, marks=pytest.mark.hard)])
def test_processes_that_refresh_at_once_keep_the_session(
    url: str, logged_in: TokenFile, count: int, rounds: int
) -> None:
    expire(logged_in)
    assert run_processes(url, logged_in, count, rounds) == [[200] * rounds] * count
    assert BearerAuth(url, logged_in).access_token()


KILLED = """
import os, sys
import httpx
from django_bearer_client import BearerAuth, TokenFile

class Dies(httpx.BaseTransport):
    def handle_request(self, request):
        httpx.HTTPTransport().handle_request(request).read()
        os._exit(9)  # the server has rotated, and nobody reads the answer

BearerAuth(sys.argv[1], TokenFile(sys.argv[2]), transport=Dies()).access_token()
"""


def test_a_process_that_dies_in_a_refresh_loses_no_session(url: str, logged_in: TokenFile) -> None:
    expire(logged_in)
    command = [sys.executable, "-c", KILLED, url, str(logged_in.path)]
    assert subprocess.run(command, cwd=HERE, check=False).returncode == 9
    transport = Counted()
    again = BearerAuth(url, TokenFile(logged_in.path), transport=transport)
    with httpx.Client(base_url=url, auth=again, timeout=HANG) as client:
        assert client.get("/me/").json()["me"] == "ann"
    assert transport.paths == ["/auth/refresh/"]


def test_a_fork_in_the_middle_of_a_refresh_hangs_nobody(url: str, logged_in: TokenFile) -> None:
    """A server that forks its workers while one thread refreshes."""
    expire(logged_in)
    auth = BearerAuth(url, logged_in)
    assert logged_in.try_lock()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.write(write, b"w")
        status = 1
        try:
            status = 0 if auth.access_token() else 1
        finally:
            os._exit(status)
    os.close(write)
    assert os.read(read, 1) == b"w"
    os.close(read)
    logged_in.unlock()
    assert os.waitpid(child, 0)[1] == 0
