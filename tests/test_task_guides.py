"""The guides that are tasks, done as written against a real server of an installed project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from tools.support.new_project import INSTALL, ROOT, NewProject, blocks, commands
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

GUIDES = ROOT / "docs" / "guide"
LOGIN = {"username": "ann", "password": "correct horse"}
HOST = "https://api.example.com"


def guide(name: str) -> Path:
    return GUIDES / f"{name}.md"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    """With what the guide for apps adds; the other guides change data only."""
    project = NewProject.start(tmp_path_factory.mktemp("tasks")).follow(INSTALL)
    [settings] = [block for block in blocks(guide("mobile")) if block.path == "mysite/settings.py"]
    project.write("mysite/settings.py", settings.code, appended=True)
    project.shell(steps()[0])
    return project


@pytest.fixture(scope="module")
def url(project: NewProject) -> Iterator[str]:
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as found:
        yield found


def module(page: str, path: str, url: str) -> SimpleNamespace:
    [code] = [block.code for block in blocks(guide(page)) if block.path == path]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code.replace(HOST, url), names)
    return SimpleNamespace(**names)


def log_in(url: str) -> dict[str, str]:
    answer = requests.post(f"{url}/auth/login/", json=LOGIN, timeout=HANG)
    answer.raise_for_status()
    found: dict[str, str] = answer.json()
    return found


def status(url: str, token: str, path: str = "/notes/") -> int:
    return requests.get(f"{url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=HANG).status_code


def typed(page: str, containing: str, **replaced: str) -> str:
    """A line of the page's code, with words replaced."""
    [line] = [
        line.strip()
        for line in re.findall(r"^ *((?:python|curl) .*)$", guide(page).read_text(), re.MULTILINE)
        if containing in line
    ]
    for old, new in replaced.items():
        line = line.replace(old, new)
    return line.partition("  #")[0]


class TestMobile:
    @pytest.fixture
    def app(self, url: str) -> SimpleNamespace:
        return module("mobile", "app.py", url)

    def test_an_app_logs_in_calls_refreshes_and_logs_out(self, app: SimpleNamespace, url: str) -> None:
        store: dict[str, str] = {}
        session = app.Session(store)
        with pytest.raises(app.LoggedOut):
            session.get("/notes/")
        session.log_in(**LOGIN)
        assert session.get("/notes/").json()["owner"] == "ann"
        assert set(store) == {"known_device_token", "refresh_token"}
        again = app.Session(store)  # the app was started anew
        assert again.get("/notes/").status_code == 200
        assert set(store) - {"retry_key"} == {"known_device_token", "refresh_token"}
        again.access_token = "eyJ.of.another"
        assert again.get("/notes/").status_code == 200, "a call that is refused refreshes once"
        last = again.access_token
        again.log_out()
        assert status(url, last) == 401
        with pytest.raises(app.LoggedOut):
            again.get("/notes/")

    def test_a_session_that_was_ended_elsewhere_shows_the_login(self, app: SimpleNamespace, url: str) -> None:
        store: dict[str, str] = {}
        session = app.Session(store)
        session.log_in(**LOGIN)
        requests.post(
            f"{url}/auth/logout/", json={"refresh_token": store["refresh_token"], "client_id": "phone"}, timeout=HANG
        )
        with pytest.raises(app.LoggedOut):
            session.get("/notes/")
        assert "refresh_token" not in store


def test_a_script(project: NewProject, url: str) -> None:
    create, listing = commands(guide("scripts"))
    project.env["NOTES_TOKEN"] = project.shell([create]).strip().splitlines()[-1]
    assert project.env["NOTES_TOKEN"].startswith("djb_at_")
    [code] = [block.code for block in blocks(guide("scripts")) if block.path == "export_notes.py"]
    project.write("export_notes.py", code.replace(HOST, url))
    assert "'owner': 'service: backup'" in project.run("export_notes.py")
    assert '"owner":"service: backup"' in project.shell([typed("scripts", "curl", **{HOST: url})])
    shown = project.shell([listing])
    [token_id] = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", shown)
    project.shell([typed("scripts", "revoke", ID=token_id)])
    assert status(url, project.env["NOTES_TOKEN"]) == 401


@pytest.mark.hard
def test_signing_keys(project: NewProject, url: str) -> None:
    token = log_in(url)["access_token"]
    rotate, listing = commands(guide("rotate-keys"))
    project.shell([rotate])
    assert status(url, token) == 200

    def keys(state: str) -> list[str]:
        shown = project.shell([listing])
        return [line.split()[0] for line in shown.splitlines() if state in line and "sig" not in line.split()[0]]

    before = set(keys("active"))
    project.shell([typed("rotate-keys", "publish")])
    [new] = set(keys("published"))
    project.shell([typed("rotate-keys", "activate", KID=shlex.quote(new))])
    assert status(url, token) == 200, "the retired key verifies"
    [old] = before & set(keys("retired"))
    project.shell([typed("rotate-keys", "revoke", KID=shlex.quote(old))])
    assert status(url, token) == 401
    assert status(url, log_in(url)["access_token"]) == 200


@pytest.mark.hard
def test_another_secret_key(project: NewProject, url: str) -> None:
    """And back again, for the server that runs with the old one."""
    [reencrypt] = set(re.findall(r"`(python manage.py bearer_keys reencrypt)`", guide("rotate-keys").read_text()))
    log_in(url)
    settings = project.folder / "mysite" / "settings.py"
    before, new = settings.read_text(), '"another one, of fifty characters and more: 0123456789"'
    settings.write_text(f"{before}\nSECRET_KEY_FALLBACKS, SECRET_KEY = [SECRET_KEY], {new}\n")
    try:
        project.shell([reencrypt])
        with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as anew:
            assert status(anew, log_in(anew)["access_token"]) == 200
    finally:
        settings.write_text(f"{before}\nSECRET_KEY_FALLBACKS = [{new}]\n")
        project.shell([reencrypt])
        settings.write_text(before)


@pytest.mark.hard
def test_a_leaked_token(project: NewProject, url: str) -> None:
    [look, end, of_user, with_django_sessions, export, everything] = commands(guide("leaked-token"))
    for kind in ("access_token", "refresh_token"):
        tokens = log_in(url)
        project.write("tokens.txt", tokens[kind])
        assert "would end" in project.shell([look])
        assert status(url, tokens["access_token"]) == 200
        assert tokens[kind] not in project.shell([end])
        assert status(url, log_in(url)["access_token"]) == 200, "other sessions go on"
        assert status(url, tokens["access_token"]) == 401
    tokens = log_in(url)
    assert "are not among them" in project.shell([of_user])
    assert "Django's own sessions that have ended: 0." in project.shell([with_django_sessions])
    assert status(url, tokens["access_token"]) == 401
    assert '"user_id": "1"' in project.shell([export]) or '"user": "1"' in project.shell([export])
    last = log_in(url)["access_token"]
    project.shell([everything])
    assert status(url, last) == 401


def test_prefixes_of_leaked_tokens_are_those_of_the_formats() -> None:
    formats = set(re.findall(r"\bdjb_[a-z]{2}_", (ROOT / "docs" / "reference" / "tokens.md").read_text()))
    assert set(re.findall(r"`(djb_[a-z]{2}_)`", guide("leaked-token").read_text())) == formats


def test_events_to_look_for_in_the_export_are_stored() -> None:
    told = guide("leaked-token").read_text().partition("Export the events")[2].partition("```")[0]
    rows = (ROOT / "docs" / "reference" / "events.md").read_text()
    kept = dict(re.findall(r"^\| `(\w+)` \| \w+ \| ([^|]+) \|", rows, re.MULTILINE))
    named = re.findall(r"`([a-z]+_\w+)`", told)
    assert named
    assert "log only" not in {kept[name] for name in named}


@pytest.mark.hard
def test_the_package_leaves_no_trace(tmp_path: Path) -> None:
    project = NewProject.start(tmp_path).follow(INSTALL)
    project.shell(steps()[0])
    closed, zero = commands(guide("remove"))
    assert "/notes/" in project.shell([closed])
    settings, urls, views = (project.folder / "mysite" / f"{name}.py" for name in ("settings", "urls", "views"))
    without = settings.read_text().replace('"django_bearer.BearerMiddleware", ', "")
    settings.write_text(re.sub(r"^REST_FRAMEWORK = \{.*?^\}", "", without, flags=re.MULTILINE | re.DOTALL))
    urls.write_text(re.sub(r"^.*(django_bearer|views).*$", "", urls.read_text(), flags=re.MULTILINE))
    views.unlink()
    project.shell([zero])
    rest = re.sub(r"^BEARER = \{.*?^\}", "", settings.read_text(), flags=re.MULTILINE | re.DOTALL)
    settings.write_text(rest.replace(', "django_bearer"]', "]"))
    assert "no issues" in project.manage("check")
    tables = "from django.db import connection; print(connection.introspection.table_names())"
    assert "bearer" not in project.manage("shell", "-v", "0", "-c", tables)
    project.shell([typed("remove", "remove_stale_contenttypes") + " --noinput"])
    assert "django_bearer" not in project.manage("shell", "-v", "0", "-c", "print(ContentType.objects.values_list())")
