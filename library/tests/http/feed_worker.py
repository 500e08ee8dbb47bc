"""A worker of a server in feed mode: answers each line of its input, a path and a token, by a status and a time.

No test runner is set up here, so a thread reads the feed as in production. For the path `fork` a fork answers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

from tests import databases
from tools.support.new_project import ROOT


class Worker:
    """The process, seen from the test."""

    def __init__(self, process: Popen[str]) -> None:
        self.process = process

    def get(self, token: str, path: str = "/key/") -> tuple[int, float]:
        """The status of a request, and when it began by the clock that all processes share."""
        assert self.process.stdin
        assert self.process.stdout
        print(path, token, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, "the worker has died"
        status, began = json.loads(answer)
        return status, began

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)


@contextmanager
def worker(alias: str, delay: int = 1) -> Iterator[Worker]:
    """A worker on the database of this test."""
    environment = {**os.environ, **databases.as_they_are(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "library"), str(ROOT)])
    command = [sys.executable, "-m", "tests.http.feed_worker", alias, str(delay)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment, cwd=ROOT / "library") as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def serve(alias: str, delay: int) -> None:
    """Answer until the input ends."""
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client, override_settings

    from django_bearer.primitives import clock

    bearer = {**settings.BEARER, "REVOCATION": "feed", "REVOCATION_DELAY": delay}
    with databases.use(alias), override_settings(BEARER=bearer, ROOT_URLCONF="tests.http.feed_views"):
        client = Client(raise_request_exception=False)
        for line in sys.stdin:
            path, token = line.split()
            began = clock.through_suspend()
            answer: Any
            if path == "fork":
                answer = _in_a_fork(client, token)
            else:
                answer = client.get(path, headers={"Authorization": f"Bearer {token}"}, secure=True).status_code
            print(json.dumps([answer, began]), flush=True)


def _in_a_fork(client: Any, token: str) -> int:
    """What a process that is forked while the thread reads answers."""
    from django.db import connections

    read, write = os.pipe()
    forked = os.fork()
    if not forked:
        for connection in connections.all(initialized_only=True):
            connection.connection = None  # that of this process
        status = client.get("/key/", headers={"Authorization": f"Bearer {token}"}, secure=True).status_code
        os.write(write, str(status).encode())
        os._exit(0)
    os.waitpid(forked, 0)
    found = int(os.read(read, 8))
    os.close(read)
    os.close(write)
    return found


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
