"""Measure open WebSockets: memory of each, and statements a second for all of them, beside sockets without us.

    python -m benchmarks.sockets [--sockets 1000] [--seconds 30]

The chat of the guide runs behind uvicorn, in a project with SQLite. The sockets are opened and then stay silent.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tools.support.new_project import INSTALL, ROOT, NewProject
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

from .terminal import table

GUIDE = ROOT / "docs" / "guide" / "websockets.md"
AT_ONCE = 50
COUNTING = """
from django.db.backends.signals import connection_created

from mysite import urls


def counted(execute, sql, params, many, context):
    urls.STATEMENTS += 1
    return execute(sql, params, many, context)


def count(connection, **_):
    if counted not in connection.execute_wrappers:  # one that is opened again keeps its own
        connection.execute_wrappers.append(counted)


connection_created.connect(count, weak=False)
bare = URLRouter([path("ws/bare/", Chat.as_asgi())])


async def either(scope, receive, send):
    inner = bare if scope["path"] == "/ws/bare/" else sockets
    await inner(scope if inner is sockets else {**scope, "user": None}, receive, send)


application = ProtocolTypeRouter({"http": http, "websocket": either})
"""
MEASURED = """
import re

from django.http import JsonResponse

from django_bearer import public

STATEMENTS = 0


@public
def measured(request):
    [kilobytes] = re.findall(r"VmRSS:\\\\s+(\\\\d+)", open("/proc/self/status").read())
    return JsonResponse({"statements": STATEMENTS, "bytes": int(kilobytes) * 1024})


urlpatterns += [path("measured/", measured)]
""".replace("\\\\", "\\")


def project(folder: Path) -> NewProject:
    """The project of the guide, which also counts its statements."""
    found = NewProject.start(folder).follow(INSTALL).follow(GUIDE)
    found.write("mysite/asgi.py", COUNTING, appended=True)
    found.write("mysite/urls.py", MEASURED, appended=True)
    found.shell(steps()[0])
    return found


async def open_all(url: str, count: int, headers: dict[str, str]) -> list[ClientConnection]:
    """So many open sockets, opened a few at a time."""
    opened: list[ClientConnection] = []
    for start in range(0, count, AT_ONCE):
        some = min(AT_ONCE, count - start)
        wanted = [connect(url, additional_headers=headers, open_timeout=HANG) for _ in range(some)]
        opened += await asyncio.gather(*wanted)
    return opened


async def measure(url: str, path: str, count: int, seconds: float) -> list[str]:
    """One row of the table: sockets, how fast they opened, memory of each, statements a second."""
    async with httpx.AsyncClient(base_url=url, timeout=HANG) as http:
        login = await http.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        before = (await http.get("/measured/")).json()
        began = time.monotonic()
        opened = await open_all(f"{url.replace('http', 'ws', 1)}{path}", count, headers)
        took = time.monotonic() - began
        after = (await http.get("/measured/")).json()
        await asyncio.sleep(seconds)
        later = (await http.get("/measured/")).json()
        for one in opened:
            await one.close()
    each = (after["bytes"] - before["bytes"]) / count / 1024
    rate = (later["statements"] - after["statements"]) / seconds
    return [path, str(count), f"{count / took:.0f}", f"{each:.1f}", f"{rate:.2f}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1_000, help="how many are open at once")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they stay open")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        made = project(Path(folder))
        for path in ("/ws/bare/", "/ws/chat/"):  # a process each, so that neither has the other's memory
            with made.serving("-m", "uvicorn", "mysite.asgi:application", "--port", "0") as url:
                rows.append(asyncio.run(measure(url, path, given.sockets, given.seconds)))
    print(table(["path", "sockets", "opened a second", "KiB each", "statements a second"], rows))


if __name__ == "__main__":
    main()
