"""The steps of the README and of the first two guides, done as written: on a fresh project, then over real HTTPS."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.support.new_project import INSTALL, README, ROOT, NewProject, commands
from tools.support.readme_steps import certify, steps

PRODUCTION = ROOT / "docs" / "guide" / "production.md"


def typed_at(url: str) -> list[str]:
    return [f"API={url}" if line.startswith("API=") else line for line in steps()[1]]


def check_said(said: str) -> None:
    assert '"owner":"ann"' in said, said
    assert '{"hello": "ann"}' in said, said
    assert said.count('"code"') == 1, said
    assert said.rstrip().endswith('"code":"invalid_token"}'), said


@pytest.fixture
def project(tmp_path: Path) -> NewProject:
    return NewProject.start(tmp_path).follow(INSTALL)


@pytest.mark.hard
def test_on_a_developers_machine(project: NewProject) -> None:
    assert "no issues" in project.shell(steps()[0])
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as url:
        check_said(project.shell(typed_at(url)))
        project.shell([f"curl -sS -H 'Authorization: Token abc' {url}/hello/"])
    log = (project.folder / "server.log").read_text()
    assert "no bearer token was sent; the Authorization header is of another scheme" in log, "nothing on the console"


@pytest.mark.hard
def test_live_over_https(project: NewProject) -> None:
    project.follow(PRODUCTION, **{"api.example.com": "127.0.0.1"})
    project.write("mysite/settings.py", 'BEARER["ISSUER"] = "https://127.0.0.1"', appended=True)
    project.env["SECRET_KEY"] = project.shell([*commands(PRODUCTION), "printenv SECRET_KEY"]).strip()
    assert "(bearer." not in project.shell([*steps()[0], "python manage.py check --deploy || true"])
    project.env["CURL_CA_BUNDLE"] = certify(project.folder)
    arguments = re.search(r"^uvicorn (mysite.*)$", PRODUCTION.read_text(), re.MULTILINE)
    assert arguments is not None
    with project.serving("-m", "uvicorn", *arguments[1].split(), "--port", "0") as url:
        assert url.startswith("https://")
        check_said(project.shell(typed_at(url)))
    log = (project.folder / "server.log").read_text()
    assert '"event": "authn_login_success"' in log
    assert "refused with invalid_token: the session was revoked (logout)" in log


def test_development_key_is_refused_in_plain_words_once_debug_is_off(project: NewProject) -> None:
    project.write("mysite/settings.py", 'DEBUG = False\nALLOWED_HOSTS = ["127.0.0.1"]\n', appended=True)
    fault = "settings.SECRET_KEY is short or generated for development, and DEBUG is off."
    assert f"(bearer.E001) {fault}" in project.manage("check", fails=True)
    with project.serving("-m", "uvicorn", "mysite.asgi:application", "--no-proxy-headers", "--port", "0") as url:
        said = project.shell([f"curl -sS -i -H 'Authorization: Bearer x' {url}/hello/"])
    assert "500 Internal Server Error" in said
    assert f"no token can be issued or accepted: {fault}" in (project.folder / "server.log").read_text()


def test_the_lines_of_the_readme_are_enough_for_a_login(tmp_path: Path) -> None:
    project = NewProject.start(tmp_path).follow(README)
    assert "no issues" in project.shell(commands(README))
    project.shell([line for line in steps()[0] if "create_superuser" in line])
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as url:
        login = [line for line in typed_at(url) if not line.startswith(("curl", "REFRESH"))][:4]
        said = project.shell([*login, 'curl -sS -H "Authorization: Bearer $ACCESS" $API/auth/sessions/'])
    assert '"current": true' in said or '"current":true' in said, said


def test_diagram_and_links() -> None:
    page = README.read_text()
    assert "```mermaid\nsequenceDiagram" in page
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        assert (ROOT / target).exists(), target
