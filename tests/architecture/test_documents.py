"""Every setting, error code and event kind has a row in the docs, and every row describes one that exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from django_bearer import errors, events
from django_bearer.conf import client_readers, clients
from tools import client_errors
from tools.support.error_classes import error_classes

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def column(page: str, number: int = 0) -> list[str]:
    """The back-ticked names in one column of all tables of a page."""
    rows = [line.split("|")[1:-1] for line in (REFERENCE / page).read_text().splitlines() if line.startswith("| `")]
    return [match[1] for row in rows if (match := re.match(r" `([^`]+)`", row[number]))]


def test_errors_and_their_tables_agree() -> None:
    classes = {found for found in error_classes() if found is not errors.HTTPRefusal}
    assert sorted(column("errors.md")) == sorted(found.code for found in classes)
    assert sorted(column("errors.md", 1)) == sorted(found.__name__ for found in classes)


def test_the_browser_client_has_the_same_error_codes() -> None:
    assert client_errors.TARGET.read_text() == client_errors.text(), "run python tools/client_errors.py"


def test_the_python_client_has_the_same_error_codes() -> None:
    assert client_errors.PYTHON.read_text() == client_errors.python_text(), "run python tools/client_errors.py"


def test_error_rows_name_the_right_status_and_oauth_error() -> None:
    page = (REFERENCE / "errors.md").read_text()
    for found in error_classes(errors.HTTPRefusal)[1:]:
        assert f"| `{found.code}` | `{found.__name__}` | {found.status} | `{found.error}` |" in page  # type: ignore[attr-defined]


def test_checks_and_their_table_agree() -> None:
    folder = ROOT / "library" / "src" / "django_bearer" / "checks"
    source = "\n".join(path.read_text() for path in folder.glob("*.py"))
    assert column("checks.md") == sorted(set(re.findall(r'"(bearer\.[EW]\d{3})"', source)))


def test_commands_and_their_table_agree() -> None:
    folder = ROOT / "library" / "src" / "django_bearer" / "management" / "commands"
    commands = sorted(path.stem for path in folder.glob("bearer_*.py"))
    assert [name for name in column("commands.md") if name.startswith("bearer_")] == commands
    page = (REFERENCE / "commands.md").read_text()
    for name in commands:
        assert f"\n## {name}\n" in page


def test_steps_of_bearer_keys_are_all_described() -> None:
    from django_bearer.management.commands.bearer_keys import Command

    parser = Command().create_parser("manage.py", "bearer_keys")
    [steps] = [action.choices for action in parser._actions if action.dest == "step"]
    described = [name.split()[0] for name in column("commands.md") if not name.startswith("bearer_")]
    assert described == list(steps or ())


def test_events_and_their_table_agree() -> None:
    assert column("events.md") == [kind.value for kind in events.EventKind]


def test_event_levels_and_retention_are_as_documented() -> None:
    page = (REFERENCE / "events.md").read_text()
    for kind in events.EventKind:
        level = "WARNING" if kind in events.WARNINGS else "INFO"
        counted = "counted by the hour" if kind in events.HOURLY else "a row"
        kept = "log only" if kind in events.LOG_ONLY else counted
        assert f"| `{kind.value}` | {level} | {kept} |" in page


def test_rotation_rows_are_all_described() -> None:
    page = (REFERENCE / "rotation.md").read_text()
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == list(map(str, [*range(1, 14), 23, 24, *range(14, 23)]))


def test_the_published_checksum_rule_fits_a_real_token() -> None:
    from django_bearer.tokens.opaque_format import assemble, pattern

    page = (REFERENCE / "tokens.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    scope: dict[str, object] = {}
    exec(code[1], scope)
    token = assemble("rt", "A" * 128)
    is_refresh_token = scope["is_refresh_token"]
    assert callable(is_refresh_token)
    assert is_refresh_token(token)
    assert not is_refresh_token(token[:-1] + ("0" if token[-1] != "0" else "1"))
    assert f"`{pattern('rt', 128).pattern}`" in page
    assert f"`{pattern(clients.SECRET_KIND, clients.SECRET_LENGTH).pattern}`" in page


def routes(module: str) -> list[str]:
    return [str(route.pattern) for route in import_module(module).urlpatterns]


def test_endpoints_and_their_table_agree() -> None:
    plain, well_known = routes("django_bearer.urls"), routes("django_bearer.urls.well_known")
    page = (REFERENCE / "endpoints.md").read_text()
    assert re.findall(r"^\| `(\S+)` \| [A-Z, ]+ \|", page, re.MULTILINE) == plain + well_known
    assert routes("django_bearer.integrations.drf.urls") == plain


def test_every_endpoint_has_a_section_with_an_example() -> None:
    page = (REFERENCE / "endpoints.md").read_text()
    parts = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    named = re.findall(r"\(#([a-z-]+)\) \|$", page, re.MULTILINE)
    titles = [re.sub(r"[^a-z -]", "", part.splitlines()[0].lower()).replace(" ", "-") for part in parts]
    assert titles == named
    assert all("$ curl " in part for part in parts)


def test_errors_the_endpoints_page_names_exist() -> None:
    page = (REFERENCE / "endpoints.md").read_text()
    codes = {found.code for found in error_classes()}
    named = [name for line in re.findall(r"Errors: ([^.]+)\.", page) for name in re.findall(r"`(\w+)`", line)]
    assert named
    assert set(named) <= codes


def test_client_keys_and_their_table_agree() -> None:
    assert column("clients.md") == list(client_readers.KEYS)


ARCHITECTURE = ROOT / "docs" / "architecture"


def test_page_of_the_modules_names_each_once_and_no_other() -> None:
    page = (ARCHITECTURE / "modules.md").read_text()
    named = re.findall(r"^\| .* \| `((?:library|migrator|client-python)/src/[^`]+\.py)` \|$", page, re.MULTILINE)
    packages = (
        ROOT / "library" / "src" / "django_bearer",
        ROOT / "migrator" / "src" / "django_bearer_migrate",
        ROOT / "client-python" / "src" / "django_bearer_client",
    )
    there = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in package.rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts and "audit" not in path.parts
    }
    assert len(named) == len(set(named)), "a module has two rows in docs/architecture/modules.md"
    assert set(named) == there, "each module has a row in docs/architecture/modules.md"


def test_architecture_page_names_modules_and_folders_that_exist() -> None:
    page = (ARCHITECTURE / "index.md").read_text()
    package = ROOT / "library" / "src" / "django_bearer"
    steps = re.findall(r"^\d+\. .*?`(\w+/\w+\.py)`", page, re.MULTILINE)
    named = re.findall(r"`((?:[\w.-]+/)+(?:\w+\.\w+)?|\w+\.py)`", page)
    assert len(steps) > 15
    later = {"dpop/", "management/commands/bearer_NAME.py", "docs/guide/NAME.md"}
    missing = [
        name for name in {*steps, *named} - later if not any((base / name).exists() for base in (ROOT, package))
    ]
    assert missing == []


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_pages_of_the_root_exist(name: str) -> None:
    assert len((ROOT / name).read_text()) > 400


NOT_RUN = {
    **dict.fromkeys(
        ("from-dj-rest-auth", "from-dot", "from-knox", "from-simplejwt"),
        "the tests of the migrator have settings and routes of their own",
    ),
    "exact-or-feed": "the tests of the feed set the settings themselves",
}
"""Guides whose code no test runs as it is printed, each with the reason."""


def readers_of(guide: str) -> list[str]:
    """The test files that read a guide, by its name."""
    named = re.compile(rf"[\"/]{guide}\.md\b|(?:guide|module|typed|blocks)\(\"{guide}\"")
    folders = ("tests", "library/tests", "migrator/tests", "client-js/types", "client-python/tests")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".ts")]
    return [path.name for path in files if path != Path(__file__) and named.search(path.read_text())]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "guide").glob("*.md")), ids=lambda page: page.stem)
def test_a_guide_with_code_is_read_by_a_test(page: Path) -> None:
    code = re.search(r"^```(?:python|sh|js|ts|html|console)$", page.read_text(), re.MULTILINE)
    assert bool(code and not readers_of(page.stem)) is (page.stem in NOT_RUN)


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "guide").glob("[!i]*.md")), ids=lambda page: page.stem)
def test_a_guide_says_what_it_is_for_what_it_needs_and_where_to_go_on(page: Path) -> None:
    title, purpose, *rest = page.read_text().split("\n\n")
    assert title.startswith("# ")
    assert purpose.startswith("This guide "), "begin with what the guide is for"
    assert sum(part.startswith("**You need:**") for part in rest) == 1
    last = page.read_text().rpartition("\n## ")[2]
    assert re.match(r"Next steps\n\n(\* .*\[.+\]\(.+\))", last)


def written_pages() -> list[Path]:
    """The pages of reference and explanation; those of the API and of each audit rule are made by programs."""
    folders = ("reference", "explain", "audit", "architecture")
    return [page for folder in folders for page in sorted((ROOT / "docs" / folder).glob("*.md"))]


@pytest.mark.parametrize("page", written_pages(), ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_page_begins_with_what_it_is_for(page: Path) -> None:
    title, purpose, *_ = page.read_text().split("\n\n")
    assert title.startswith("# ")
    assert re.search(r"\b[Tt]his page\b", purpose)


@pytest.mark.parametrize("part", ["tutorial", "guide"])
def test_every_guide_is_in_the_navigation_and_in_the_list(part: str) -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    listed = (ROOT / "docs" / part / "index.md").read_text()
    for page in (ROOT / "docs" / part).glob("*.md"):
        assert f": {part}/{page.name}" in navigation or f"- {part}/{page.name}" in navigation
        assert page.name == "index.md" or f"]({page.name})" in listed, f"{page.name} is not in {part}/index.md"
