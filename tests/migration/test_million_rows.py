"""A million rows of knox are copied while logins go on; the command is killed on its way and started again."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tools.support import servers
from tools.support.new_project import NewProject
from tools.support.timeouts import HANG

ROWS = 1_000_000
HASHING = 30_000
MAX_BYTES = 400_000_000
"""Memory of the command at its most; a row more must not cost any."""
MEASURED = """\
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
"""Runs a command and prints its most memory in KiB: this process has run programs of other tests, too."""
SETTINGS = """
import json, os
from datetime import date, timedelta
SECRET_KEY = os.environ["PROJECT_KEY"]
DEBUG = False
DATABASES = {"default": json.loads(os.environ["PROJECT_DATABASE"])}
INSTALLED_APPS += ["rest_framework", "knox", "django_bearer", "django_bearer_migrate"]
MIDDLEWARE = ["django_bearer.BearerMiddleware", *MIDDLEWARE]
BEARER = {"ISSUER": "https://api.example.com", "AUDIENCE": "https://api.example.com/"}
BEARER_MIGRATE = {"knox": {"UNTIL": (date.today() + timedelta(days=90)).isoformat(), "SCOPES": []}}
"""
FILL = """
INSERT INTO knox_authtoken (digest, token_key, user_id, created, expiry)
SELECT encode(sha512(n::text::bytea), 'hex'), lpad(n::text, 15, '0'), %s, now() - interval '10 days',
       now() + interval '20 days'
FROM generate_series(1, %s) n
"""
LOGIN = """
INSERT INTO knox_authtoken (digest, token_key, user_id, created, expiry)
VALUES (encode(sha512(('login ' || %s::text)::bytea), 'hex'), 'login', %s, now(), now() + interval '10 hours')
"""
MISSING = """
SELECT COUNT(*) FROM knox_authtoken k LEFT JOIN django_bearer_migrate_copiedtoken c
ON c.digest = encode(sha256(k.digest::bytea), 'hex') WHERE c.id IS NULL
"""


class Logins:
    """Logins of the old version, which go on while the rows are copied; how long the slowest insert took."""

    def __init__(self, url: str, user: int) -> None:
        self.url, self.user, self.made, self.slowest = url, user, 0, 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.over.is_set():
                hashlib.pbkdf2_hmac("sha256", b"password", b"salt", HASHING)  # which is what a login costs
                began = time.monotonic()
                connection.execute(LOGIN, [self.made, self.user])
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.made += 1

    def __enter__(self) -> Logins:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.over.set()
        self.thread.join(HANG)


class Locks:
    """What locks others hold on the table of the old package, and how many wait for any, asked again and again."""

    def __init__(self, url: str) -> None:
        self.url, self.most_waiting = url, 0
        self.modes: set[str] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.over.wait(EVERY):
                self.modes |= {row[0] for row in connection.execute(HELD)}
                self.most_waiting = max(self.most_waiting, _count(connection, WAITING))

    def __enter__(self) -> Locks:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.over.set()
        self.thread.join(HANG)


EVERY = 0.05
"""Seconds between two looks at the locks."""
HELD = """
SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
WHERE c.relname = 'knox_authtoken' AND a.backend_type = 'client backend'
  AND a.query NOT LIKE '%INSERT INTO knox_authtoken%'
"""
WAITING = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NewProject, str]]:
    folder = tmp_path_factory.mktemp("servers")
    before = os.environ.get(servers.RUN)
    os.environ[servers.RUN] = str(os.getpid())
    try:
        database = {**servers.ensure("postgres", folder), "NAME": "postgres", "CONN_MAX_AGE": 0}
        made = NewProject.start(tmp_path)
        made.env |= {"PROJECT_KEY": secrets.token_urlsafe(48), "PROJECT_DATABASE": json.dumps(database)}
        made.write("mysite/settings.py", SETTINGS, appended=True)
        parts = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
        given = {name: database[key] for name, key in parts.items() if database.get(key)}
        yield made, psycopg.conninfo.make_conninfo(**given)
    finally:
        servers.stop(folder)
        os.environ.pop(servers.RUN, None)
        if before is not None:
            os.environ[servers.RUN] = before


@pytest.mark.hard
def test_a_million_rows(project: tuple[NewProject, str]) -> None:
    made, url = project
    made.manage("migrate", "--verbosity", "0")
    code = "from django.contrib.auth.models import User; print(User.objects.create_user('ann').pk)"
    user = int(made.manage("shell", "-v", "0", "-c", code))
    command = [sys.executable, "manage.py", "bearer_migrate", "tokens"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL, [user, ROWS])
        with Logins(url, user) as logins, Locks(url) as locks:
            first = subprocess.Popen(
                command, cwd=made.folder, env=made.environment(), stdout=subprocess.PIPE, text=True
            )
            assert first.stdout is not None
            for line in first.stdout:  # it tells every 50,000 rows
                if "300000 rows" in line:
                    break
            first.send_signal(signal.SIGKILL)
            first.communicate(timeout=HANG)
            copied = _count(connection, "SELECT COUNT(*) FROM django_bearer_migrate_copiedtoken")
            assert 0 < copied < ROWS
            began = time.monotonic()
            measured = [sys.executable, "-c", MEASURED, *command]
            done = subprocess.run(measured, cwd=made.folder, env=made.environment(), capture_output=True, text=True)
            seconds = time.monotonic() - began
        assert done.returncode == 0, done.stderr
        late = made.manage("bearer_migrate", "tokens")  # what logged in during its last batches
        assert "done" in late
        assert _count(connection, MISSING) == 0
        assert _count(connection, "SELECT COUNT(*) FROM knox_authtoken") == ROWS + logins.made
        copies = _count(connection, "SELECT COUNT(*) FROM django_bearer_migrate_copiedtoken")
        assert copies == ROWS + logins.made
    most = int(done.stdout.split()[-1]) * 1024
    print(
        f"{copied} copied, killed, the rest in {seconds:.0f} s; {logins.made} logins, slowest {logins.slowest:.2f} s"
    )
    print(f"most memory of a child {most / 1e6:.0f} MB; {sorted(locks.modes)}, {locks.most_waiting} waiting at most")
    assert most < MAX_BYTES
    assert locks.modes <= {"AccessShareLock"}  # reading, which keeps nobody waiting


def _count(connection: Any, statement: str) -> int:
    found: int = connection.execute(statement).fetchone()[0]
    return found
