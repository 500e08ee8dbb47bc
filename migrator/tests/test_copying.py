"""Copies of opaque tokens: digests only, none lost, none twice; keys in clear are blanked at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from knox.models import AuthToken, get_token_model
from rest_framework.authtoken.models import Token

from django_bearer_migrate import clock, copying, finishing, old_tables, usage
from django_bearer_migrate import settings as bridge_settings
from django_bearer_migrate.models import CopiedToken
from django_bearer_migrate.moving import steps
from library.tests.databases import EVERY, use

from .conftest import day
from .test_simplejwt import get

UNTIL = {"UNTIL": day(90), "SCOPES": []}


def run(step: str, **options: Any) -> str:
    out = StringIO()
    call_command("bearer_migrate", step, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture(params=EVERY)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with use(request.param):
        yield request.param


@pytest.fixture(autouse=True)
def accepted(fresh: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "project_folder", lambda: tmp_path)
    settings.BEARER_MIGRATE = {"knox": UNTIL, "authtoken": UNTIL}


def users(model: Any, number: int) -> list[Any]:
    return [model.objects.create(username=f"user{each}") for each in range(number)]


def whoami(key: str) -> int:
    return int(get(key, scheme="Token").status_code)


def test_digests_of_what_is_stored_and_nothing_else(ann: Any) -> None:
    stored, _ = AuthToken.objects.create(ann)
    key = Token.objects.create(user=ann).key
    assert "knox: done, 1 tokens were new" in run("tokens")
    assert set(CopiedToken.objects.values_list("source", "digest")) == {
        ("knox", copying.digest_of(stored.digest)),
        ("authtoken", copying.digest_of(key)),
    }
    told = run("tokens", dry_run=True) + run("status")
    assert "knox: 0 tokens would be copied" in told
    assert "authtoken: 1 tokens were copied" in told
    assert key not in repr(list(CopiedToken.objects.values()))


def test_a_run_that_was_cut_off_goes_on(database: str, django_user_model: Any) -> None:
    for user in users(django_user_model, 7):
        AuthToken.objects.create(user)
    cut_off = copying.run(bridge_settings.current(), batch=2)
    next(cut_off)
    cut_off.close()
    assert CopiedToken.objects.count() == 2
    late, _ = AuthToken.objects.create(django_user_model.objects.first())
    *_, last = copying.run(bridge_settings.current(), batch=2)
    assert last.copied == 6
    assert CopiedToken.objects.filter(digest=copying.digest_of(late.digest)).count() == 1
    *_, last = copying.run(bridge_settings.current(), batch=2)
    assert last.copied == 0


def test_a_login_behind_the_place_that_was_reached_is_copied(db: Any, django_user_model: Any) -> None:
    for user in users(django_user_model, 4):
        AuthToken.objects.create(user)
    running = copying.run(bridge_settings.current(), batch=2)
    next(running)
    first = get_token_model().objects.order_by("digest").first()
    late = "0" * len(first.digest)
    get_token_model().objects.bulk_create([AuthToken(digest=late, token_key="0" * 8, user=first.user)])
    list(running)
    assert CopiedToken.objects.filter(digest=copying.digest_of(late)).exists()


def test_a_copy_ends_with_its_token_and_with_the_move(ann: Any, settings: Any) -> None:
    AuthToken.objects.create(ann, expiry=timedelta(hours=1))
    run("tokens")
    assert abs(CopiedToken.objects.get().expires_at - clock.seconds() - 3600) < 600
    CopiedToken.objects.all().delete()
    settings.REST_KNOX = {"AUTO_REFRESH": True}
    bridge_settings.forget()
    run("tokens")
    assert CopiedToken.objects.get().expires_at == bridge_settings.current().knox.entry.ends_at  # type: ignore[union-attr]


def test_a_copy_is_good_only_while_its_row_stands(ann: Any) -> None:
    key = Token.objects.create(user=ann).key
    run("tokens")
    assert whoami(key) == 200
    Token.objects.all().delete()
    assert whoami(key) == 401


def test_a_copy_may_end_before_the_row(ann: Any) -> None:
    _, token = AuthToken.objects.create(ann)
    run("tokens")
    assert whoami(token) == 200
    CopiedToken.objects.update(expires_at=clock.seconds())
    assert whoami(token) == 401


def test_finish_blanks_keys_and_their_clients_go_on(ann: Any) -> None:
    key = Token.objects.create(user=ann).key
    told = run("finish", dry_run=True)
    assert "1 tokens in clear would be replaced" in told
    assert Token.objects.get().key == key
    run("finish")
    blanked = Token.objects.get().key
    assert blanked == old_tables.blank(key)
    assert key not in blanked
    assert whoami(key) == 200
    assert whoami(blanked) == 401
    assert whoami(blanked.removeprefix(old_tables.BLANK)) == 401
    assert "0 tokens in clear were replaced" in run("finish", still_used=True)
    Token.objects.all().delete()
    assert whoami(key) == 401


def test_finish_changes_nothing_while_code_needs_the_app(ann: Any, tmp_path: Path) -> None:
    key = Token.objects.create(user=ann).key
    given = 'INSTALLED_APPS = ["django_bearer_migrate"]\nBEARER_MIGRATE = {}\n'
    (tmp_path / "settings.py").write_text(given)
    (tmp_path / "urls.py").write_text('x = 1\npath("api/", include("django_bearer_migrate.compat.knox"))\n')
    with pytest.raises(CommandError, match=r"nothing was changed.*\n  urls\.py:2: path"):
        run("finish")
    assert Token.objects.get().key == key
    assert (tmp_path / "settings.py").read_text() == given
    assert "finish would change nothing" in run("finish", dry_run=True)
    (tmp_path / "urls.py").write_text("# django_bearer_migrate.compat.knox was here\n")
    run("finish")
    assert Token.objects.get().key != key
    assert (tmp_path / "settings.py").read_text() == "INSTALLED_APPS = []\n"


def test_finish_reads_files_by_their_encoding(ann: Any, tmp_path: Path) -> None:
    key = Token.objects.create(user=ann).key
    latin = "# coding: latin-1\nNAME = 'J\xfcrgen'\nBEARER_MIGRATE = {}\n".encode("latin-1")
    (tmp_path / "settings.py").write_bytes(latin)
    (tmp_path / "broken.py").write_bytes(b"x = '\xfc'\n")
    assert "broken.py: not read" in run("finish")
    assert (tmp_path / "settings.py").read_bytes() == latin.replace(b"BEARER_MIGRATE = {}\n", b"")
    assert Token.objects.get().key != key


def test_finish_changes_no_row_where_a_file_cannot_be_written(
    ann: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Token.objects.create(user=ann).key
    (tmp_path / "settings.py").write_text("BEARER_MIGRATE = {}\n")

    def full(path: Path, data: bytes) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CommandError, match=r"nothing was changed.*no space left"):
        run("finish")
    assert Token.objects.get().key == key
    assert [path.name for path in tmp_path.iterdir()] == ["settings.py"]


def test_finish_waits_while_old_tokens_come(ann: Any) -> None:
    key = Token.objects.create(user=ann).key
    whoami(key)
    usage.write()
    with pytest.raises(CommandError, match="1 old tokens came"):
        run("finish")
    assert Token.objects.get().key == key
    run("finish", still_used=True)


def test_finish_drops_what_it_is_told_to_drop(transactional_db: Any) -> None:
    assert "nothing was dropped" in run("finish")
    told = [line.strip() for line in run("finish").splitlines() if line.startswith("  D")]
    rights = [line for line in told if "content_type" in line]
    assert len(rights) == 5
    assert ContentType.objects.filter(app_label="django_bearer_migrate").exists()
    with connection.cursor() as cursor:
        for statement in rights:
            cursor.execute(statement)
    assert not Permission.objects.filter(content_type__app_label="django_bearer_migrate").exists()
    assert not ContentType.objects.filter(app_label="django_bearer_migrate").exists()
    told = [line for line in told if line.startswith("DROP TABLE")]
    assert len(told) == len(finishing.OURS)
    assert all("django_bearer_migrate_" in line for line in told)
    assert "django_bearer_migrate_copiedtoken" in connection.introspection.table_names()


def test_finish_drops_its_own_tables_where_it_is_told_to(db: Any) -> None:
    """Within the test's transaction, which takes it back."""
    ours = {model._meta.db_table for model in finishing.OURS}
    old = set(connection.introspection.table_names()) - ours
    assert "were dropped" in run("finish", drop_tables=True)
    assert set(connection.introspection.table_names()) == old
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations WHERE app = 'django_bearer_migrate'")
        assert cursor.fetchone() == (0,)


def test_a_batch_has_bounds(db: Any) -> None:
    with pytest.raises(CommandError, match="--batch"):
        run("tokens", batch=0)
