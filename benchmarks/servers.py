"""A throwaway database for one run: PostgreSQL, MariaDB or an SQLite file, gone afterwards."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import postgres

TITLES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
NAMES = tuple(TITLES)
START_SECONDS = 60


@contextmanager
def server(name: str) -> Iterator[dict[str, Any]]:
    """A database of that kind as an entry for Django's DATABASES."""
    with {"postgresql": postgres.server, "mariadb": _mariadb, "sqlite": _sqlite}[name]() as found:
        yield found


@contextmanager
def _sqlite() -> Iterator[dict[str, Any]]:
    """A file with a write-ahead log, as a site on SQLite has it."""
    with tempfile.TemporaryDirectory(prefix="django-bearer-bench-") as folder:
        yield {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{folder}/bench.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;", "transaction_mode": "IMMEDIATE"},
        }


@contextmanager
def _mariadb() -> Iterator[dict[str, Any]]:
    """A server of Debian's programs. Each commit is flushed to the disk, as by default."""
    program, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if program is None or install is None:
        raise SystemExit("MariaDB is not installed (mariadbd, mariadb-install-db)")
    import pymysql

    pymysql.install_as_MySQLdb()
    folder = Path(tempfile.mkdtemp(prefix="django-bearer-bench-"))
    data, port = folder / "data", _free_port()
    process: subprocess.Popen[bytes] | None = None
    try:
        own = ["--no-defaults", f"--datadir={data}", "--user=root"]
        subprocess.run(
            [install, *own, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        flags = [
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder}/socket",
            f"--pid-file={folder}/pid",
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, *own, *flags, "--innodb-flush-log-at-trx-commit=1"], stdout=log, stderr=log
            )
        _prepare(pymysql, str(folder / "socket"))
        yield {
            "ENGINE": "django.db.backends.mysql",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "USER": "bench",
            "PASSWORD": "bench",
            "NAME": "bench",
            "CONN_MAX_AGE": None,
        }
    finally:
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(pymysql: Any, path: str) -> None:
    """The database and its user, once the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = pymysql.connect(unix_socket=path, user="root")
            break
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE bench CHARACTER SET utf8mb4")
        cursor.execute("CREATE USER bench@'%' IDENTIFIED BY 'bench'")
        cursor.execute("GRANT ALL ON *.* TO bench@'%'")


def version() -> dict[str, str]:
    """The database's name and version, once Django is connected to it."""
    from django.db import connection

    if connection.vendor == "postgresql":
        return {"postgresql": f"{connection.pg_version // 10000}.{connection.pg_version % 10000}"}
    if connection.vendor == "mysql":
        return {"mariadb": ".".join(map(str, connection.mysql_version))}
    import sqlite3

    return {"sqlite": sqlite3.sqlite_version}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
