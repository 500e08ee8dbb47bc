"""A script is read for what it is: neither its name nor its look leaves it out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from tests.hostile import write

KEEPS = 'function kept(data) {\n  localStorage.setItem("token", data.token);\n}\n'
MINIFIED = "!function(){" + "var a=1;" * 4000 + 'localStorage.setItem("token",a.token)}();'


def rules(root: Path) -> set[str]:
    return {finding.rule for finding in audit(root).findings}


def unread(root: Path) -> dict[str, str]:
    return {each.path: each.reason for each in audit(root).unread}


@pytest.mark.parametrize(
    "path",
    [
        "static/app.js",
        "static/app.min.js",
        "static/app.bundle.js",
        "static/app.chunk.js",
        "frontend/dist/assets/index-4f2a.js",
        "frontend/build/static/js/main.js",
        "staticfiles/app.js",
        "static/vendor/app.js",
        "static/third_party/deep/er/app.mjs",
        "shop/migrations/app.js",
        "frontend/dist/index.html",
        "build/vendor/app.js",
    ],
)
@pytest.mark.parametrize("text", [KEEPS, MINIFIED, f"/*! own.js v1.2.3 | MIT License */\n{KEEPS}"])
def test_whatever_it_is_called_and_looks_like(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, {path: f"<script>{text}</script>" if path.endswith(".html") else text})
    assert rules(tmp_path) == {"BT304"}


def test_what_a_bundler_made_of_honest_code(tmp_path: Path) -> None:
    library = "/*! jQuery v3.7.1 | (c) OpenJS Foundation */\n" + "!function(e){e.cookie=e.token}(window);" * 2000
    axios = 'function r(e,t){document.cookie=[e+"="+encodeURIComponent(t)].join("; ")};r("XSRF-TOKEN",n);'
    theme = 'localStorage.setItem("theme",t);sessionStorage.removeItem("page-token");'
    large = "var filler = 1;\n" * 80_000
    write(
        tmp_path,
        {
            "static/jquery.min.js": library,
            "frontend/dist/index.js": axios + theme + library,
            "frontend/dist/large.js": large,
            "static/app.test.js": KEEPS,
            "node_modules/x/index.js": KEEPS,
        },
    )
    report = audit(tmp_path)
    assert (report.findings, report.unread) == ((), ())


@pytest.mark.parametrize(
    "access",
    [
        'window["localStorage"].setItem("token", t)',
        'localStorage["setItem"]("token", t)',
        'localStorage\n\n\n\n\n.setItem("token", t)',
        "localStorage" + " " * 9000 + '.setItem("token", t)',
        '(localStorage).setItem("token", t)',
        'window["localStorage"]["token"] = t',
        'document["cookie"] = "token=" + t',
    ],
)
def test_a_store_in_other_spellings(tmp_path: Path, access: str) -> None:
    write(tmp_path, {"static/app.js": f"function f(t) {{ {access} }}\n"})
    assert rules(tmp_path) == {"BT304"}


def test_the_function_of_a_minified_access_is_the_one_around_it(tmp_path: Path) -> None:
    text = 'function a(t){location="/x?token="+t}function resetPassword(t){}'
    write(tmp_path, {"static/app.js": text})
    assert rules(tmp_path) == {"BT206"}


@pytest.mark.parametrize(
    ("hidden", "by", "said"),
    [
        ("static/app.stories.js", "templates/base.html", "<script src=\"{% static 'app.stories.js' %}\"></script>"),
        ("static/app.spec.js", "templates/base.html", '<script src="/static/app.spec.js"></script>'),
        ("static/tests/app.js", "templates/base.html", '<script src="/static/tests/app.js?v=1"></script>'),
        ("src/auth.stories.ts", "src/main.ts", "import { kept } from './auth.stories';"),
        ("src/auth.spec.tsx", "src/main.ts", "const x = await import('./auth.spec');"),
        ("src/__mocks__/auth.js", "src/main.js", "const kept = require('./__mocks__/auth');"),
        ("src/testing/index.ts", "src/main.ts", 'import "@/testing/";'),
        ("e2e/app.js", "vite.config.js", "export default {build: {rollupOptions: {input: 'e2e/app.js'}}}"),
        ("tests/app.js", "webpack.config.js", "module.exports = {entry: {main: './tests/app.js'}}"),
        ("node_modules/own/app.js", "templates/base.html", '<script src="/node_modules/own/app.js"></script>'),
        (".venv/app.js", "static/main.js", 'importScripts("/.venv/app.js");'),
    ],
)
def test_what_a_page_or_script_loads(tmp_path: Path, hidden: str, by: str, said: str) -> None:
    write(tmp_path, {hidden: KEEPS, by: said})
    assert unread(tmp_path) == {hidden: f"left out by its name, but used: {by}"}
    for _ in range(2):
        assert [each.path for each in audit(tmp_path, remember=True).unread] == [hidden]


@pytest.mark.parametrize(
    ("hidden", "by", "said"),
    [
        ("src/test/setup.ts", "vite.config.ts", "export default {test: {setupFiles: './src/test/setup.ts'}}"),
        ("src/test/server.js", "src/setupTests.js", "import { server } from './test/server';"),
        ("src/app.spec.js", "karma.conf.js", "files: ['src/app.spec.js']"),
        ("node_modules/x/app.js", "src/main.js", "import 'x/app';"),
        ("node_modules/htmx/htmx.js", "templates/base.html", '<script src="/node_modules/htmx/htmx.js"></script>'),
    ],
)
def test_what_only_tests_or_packages_load(tmp_path: Path, hidden: str, by: str, said: str) -> None:
    asked = json.dumps({"dependencies": {"htmx": "^2"}})
    write(tmp_path, {hidden: KEEPS, by: said, "package.json": asked})
    assert unread(tmp_path) == {}
