"""A name or a look hides no script that keeps a token, and no project; what is a library's is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project.left_out_projects import PROJECT
from tests.hostile import write

WRITES = "localStorage.setItem('token', access_token);\n"
BANNER = "/*! jQuery v3.7.1 | (c) OpenJS Foundation | MIT */\n"
MINIFIED = "!function(e,t){" + "var n=t.length;" * 900 + "}(window,[]);"
MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
SETTINGS = "import os\nINSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\nSECRET_KEY = os.environ['K']\n"


def unread(root: Path) -> dict[str, str]:
    return {each.path: each.reason for each in audit(root).unread}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("static/app.js", BANNER + WRITES),
        ("static/app.js", WRITES + "//" + "x" * 12_000 + "\n"),
        ("static/app.js", MINIFIED + WRITES),
        ("static/app.js", MINIFIED + 'sessionStorage["jwt"]=e;'),
        ("static/app.js", MINIFIED + "localStorage.accessToken=e;"),
        ("static/app.js", MINIFIED + 'document.cookie="access_token="+e;'),
        ("static/app.js", MINIFIED + 'var e=localStorage;e.setItem("refreshToken",t);'),
        ("static/app.min.js", WRITES),
        ("static/app.bundle.js", WRITES),
        ("static/app.chunk.js", WRITES),
        ("static/app.min.JS", WRITES),
        ("static/app.min.js", "const url = '/api?access_token=' + token;\nlocalStorage.a = 1;\n"),
        ("static/app.min.js", WRITES + "//" + "x" * 1_100_000),
        ("static/dist/app.js", WRITES),
        ("build/web/app.html", f"<script>{WRITES}</script>"),
        ("staticfiles/app.mjs", WRITES),
        ("vendor/app.ts", WRITES),
        ("vendor/app.js", BANNER + WRITES),
        ("dist/app.js", "\ufeff" + WRITES),
    ],
)
def test_a_script_that_keeps_a_token_is_judged(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, {path: text})
    report = audit(tmp_path)
    assert {finding.rule for finding in report.findings} <= {"BT304", "BT206"}
    assert ({finding.where.path for finding in report.findings}, report.unread) == ({path}, ())


@pytest.mark.parametrize("name", ["app.stories.js", "app.spec.ts", "app.test.js"])
def test_a_test_that_is_served_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, {f"static/{name}": WRITES})
    assert unread(tmp_path) == {}
    write(tmp_path, {"templates/page.html": f'<script src="/static/{name}"></script>\n'})
    assert unread(tmp_path) == {f"static/{name}": "left out by its name, but used: templates/page.html"}


def test_a_link_of_such_a_name_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"static/app.data": WRITES})
    (tmp_path / "static" / "app.min.js").symlink_to("app.data")
    assert unread(tmp_path) == {"static/app.min.js": "symbolic link"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("static/jquery.min.js", BANNER + MINIFIED),
        ("static/js.cookie.js", BANNER + "document.cookie = encode(key) + '=' + value;\n"),
        ("static/store.min.js", MINIFIED + "localStorage.setItem(e,t);localStorage[n]=r;"),
        ("dist/theme.js", "localStorage.setItem('theme', dark);\nconst csrfToken = read();\n"),
        ("node_modules/oidc/index.js", WRITES),
    ],
)
def test_a_library_is_left_alone(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, {path: text})
    assert unread(tmp_path) == {}


def test_a_build_of_what_is_read_is_no_gap(tmp_path: Path) -> None:
    write(tmp_path, {"web/app.js": WRITES, "staticfiles/app.js": WRITES})
    report = audit(tmp_path)
    assert (len(report.findings), report.unread) == (1, ())


@pytest.mark.parametrize("folder", ["build", "dist", "vendor", "venv", "src/migrations"])
@pytest.mark.parametrize("start", ["manage.py", "shop/wsgi.py", "shop/asgi.py"])
def test_a_project_below_a_folder_that_is_left_out(tmp_path: Path, folder: str, start: str) -> None:
    write(tmp_path, {f"{folder}/{start}": MANAGE, f"{folder}/shop/settings.py": SETTINGS})
    assert unread(tmp_path) == {f"{folder}/{start}": PROJECT}


def test_a_package_that_was_built_is_a_copy(tmp_path: Path) -> None:
    files = {"manage.py": MANAGE, "shop/wsgi.py": MANAGE, "shop/settings.py": SETTINGS}
    write(tmp_path, {**files, **{f"build/lib/{path}": text for path, text in files.items()}})
    assert unread(tmp_path) == {}
    write(tmp_path, {"build/lib/shop/settings.py": SETTINGS + "DEBUG = True\n"})
    assert unread(tmp_path) == {"build/lib/manage.py": PROJECT, "build/lib/shop/wsgi.py": PROJECT}


def test_installed_packages_start_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"venv/lib/python3.11/site-packages/shop/wsgi.py": MANAGE, "venv/bin/manage.py": MANAGE})
    assert unread(tmp_path) == {}


@pytest.mark.parametrize("name", ["local", "dev", "test_settings", "staging"])
def test_the_settings_that_the_server_names_are_judged(tmp_path: Path, name: str) -> None:
    """A clean `settings.py` beside them is not what runs."""
    named = MANAGE.replace("shop.settings", f"shop.{name}")
    weak = SETTINGS.replace("os.environ['K']", "'abcdefabcdef0123'")
    write(
        tmp_path,
        {"manage.py": named, "shop/wsgi.py": named, f"shop/{name}.py": weak, "shop/settings.py": SETTINGS},
    )
    report = audit(tmp_path)
    assert "BT401" in {each.rule for each in report.findings} or report.unread


def test_settings_for_production_that_the_server_does_not_name_are_in_doubt(tmp_path: Path) -> None:
    named = MANAGE.replace("shop.settings", "shop.local")
    write(tmp_path, {"shop/wsgi.py": named, "shop/local.py": SETTINGS, "shop/production.py": SETTINGS})
    [(path, reason)] = unread(tmp_path).items()
    assert path == "shop/production.py"
    assert "shop/wsgi.py names shop/local.py" in reason
    assert audit(tmp_path, settings_module="shop.production").unread == ()
