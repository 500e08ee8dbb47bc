"""The databases the tests run on: each is what its name says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, router

from tools.support import servers

VENDORS = {"default": "sqlite", "postgres": "postgresql", "postgres_strict": "postgresql", "mariadb": "mysql"}


def test_everything_goes_to_the_chosen_database(database: str) -> None:
    user = get_user_model().objects.create_user("ann")
    assert user._state.db == router.db_for_write(get_user_model()) == database
    assert connections[database].vendor == VENDORS[database]


@pytest.mark.django_db(transaction=True, databases=["postgres", "postgres_strict"])
@pytest.mark.parametrize(("alias", "level"), [("postgres", "read committed"), ("postgres_strict", "repeatable read")])
def test_postgres_is_tested_at_two_isolation_levels(alias: str, level: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == (level,)


def test_machine_without_mariadb_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(servers.Missing, match="no MariaDB") as missing:
        servers.ensure("mariadb", tmp_path)
    assert "\n" not in str(missing.value)


def test_servers_end_with_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    servers.ensure("postgres", folder)
    pids = [int((folder / f"postgres.{name}").read_text()) for name in ("pid", "watch")]
    for pid in pids:
        os.kill(pid, 0)
    servers.stop(folder)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not folder.exists()
