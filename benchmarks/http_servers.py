"""The servers that `benchmarks.over_http` loads: gunicorn or granian on the loopback, behind nginx with TLS."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import http_site

ROOT = Path(__file__).parents[1]
START_SECONDS = 120
THREADS = 4
"""Threads of a synchronous server; each has a connection to the database."""
TICKS = os.sysconf("SC_CLK_TCK")
NGINX = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream app {{ server 127.0.0.1:{inner}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{outer} ssl;
    ssl_certificate {chain}; ssl_certificate_key {chain};
    keepalive_requests 1000000;
    location / {{
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Kind:
    """One server: its name, and the arguments of its program, to which its port is added."""

    name: str
    arguments: tuple[str, ...]
    is_async: bool = False


KINDS = (
    Kind(
        "gunicorn, WSGI",
        ("gunicorn", "benchmarks.http_site:wsgi()", "--workers=1", "--worker-class=gthread", f"--threads={THREADS}"),
    ),
    Kind(
        "granian, WSGI",
        ("granian", "--interface=wsgi", "--workers=1", f"--blocking-threads={THREADS}", "--factory", "--no-ws"),
    ),
    Kind("granian, ASGI", ("granian", "--interface=asginl", "--workers=1", "--factory", "--no-ws"), is_async=True),
)


@dataclass
class Running:
    """A server that answers: the port of nginx, the file with its authority, and the server's own process."""

    port: int
    authority: Path
    process: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        """Processor time of the server and its workers so far, without nginx and the database."""
        return sum(_ticks(pid) for pid in _family(self.process.pid)) / TICKS


@contextmanager
def serving(kind: Kind, database: dict[str, Any], cores: set[int], others: set[int]) -> Iterator[Running]:
    """A server of this kind on `cores`, with nginx before it on `others`. Both are ended by their ids afterwards."""
    nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
    if nginx is None:
        raise SystemExit("nginx is not installed: it speaks TLS before the servers")
    from django_bearer.management import certificate

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="django-bearer-http-")))
        signed = certificate.ready(folder / "tls")
        inner, outer = _free_port(), _free_port()
        log = stack.enter_context((folder / "log").open("wb"))
        settings = {**os.environ, http_site.DATABASE: json.dumps(_entry(kind, database))}
        server = _started(stack, _command(kind, inner), cores, log, settings)
        user = "user root;" if os.geteuid() == 0 else ""
        text = NGINX.format(user=user, folder=folder, inner=inner, outer=outer, chain=signed.chain)
        (folder / "nginx.conf").write_text(text)
        command = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"]
        proxy = _started(stack, command, others, log, dict(os.environ))
        for port, process in ((inner, server), (outer, proxy)):
            _wait(port, process, folder)
        yield Running(outer, signed.authority, server)


def _entry(kind: Kind, database: dict[str, Any]) -> dict[str, Any]:
    """Django's entry for this server: a connection for each thread, or a pool where each request has a thread."""
    if not kind.is_async:
        return database
    return {**database, "CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": THREADS, "max_size": 2 * THREADS}}}


def _command(kind: Kind, port: int) -> list[str]:
    program, *arguments = kind.arguments
    place = [f"--bind=127.0.0.1:{port}", "--keep-alive=75"] if program == "gunicorn" else [f"--port={port}"]
    target = [] if program == "gunicorn" else [f"benchmarks.http_site:{'asgi' if kind.is_async else 'wsgi'}"]
    module = {"gunicorn": "gunicorn", "granian": "granian"}[program]
    return [sys.executable, "-W", "ignore", "-m", module, *arguments, *place, *target]


def _started(
    stack: ExitStack, command: Sequence[str], cores: set[int], log: Any, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """A process on these cores, ended with the stack."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # what is started stays there
    try:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
    finally:
        os.sched_setaffinity(0, before)
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    logs = "\n".join(file.read_text(errors="replace")[-2000:] for file in folder.glob("*log"))
    raise RuntimeError(f"{process.args!r} does not answer: {logs}")


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _ticks(pid: int) -> int:
    """What `/proc` says of a process's time in user and system mode, its ended threads included."""
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
