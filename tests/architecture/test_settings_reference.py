"""The page of the settings says what their table does: default, bounds, unit, and the standard behind them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from django_bearer.conf import TABLE, client_readers
from django_bearer.errors import ConfigurationError
from tools.support.docstring_rules import SOURCE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
FROM_STANDARDS = frozenset(
    """ISSUER AUDIENCE ISSUERS ACCESS_TOKEN_LIFETIME SESSION_IDLE_LIFETIME SESSION_LIFETIME LEEWAY SIGNING_ALGORITHM
    USER_ID_FIELD EXTRA_CLAIMS SCOPES CLIENTS ON_CONCURRENT_REFRESH INTROSPECTION_SCOPE LOGIN_RATE_LIMITS
    CODE_RATE_LIMITS RATELIMIT_HEADERS REFRESH_RATE_LIMITS TOKEN_RATE_LIMITS DANGEROUSLY_ALLOW_HTTP_FROM
    DANGEROUSLY_ALLOW_ANONYMOUS ACR_VALUES STEP_UP_MAX_AGE
    LIMITED_TOKEN_LIFETIME RECOVERY_URL MFA_REQUIRED MFA_ENROLMENT_TIME
    EMAIL_UNDO_URL FACTOR_RESET_DELAY TOKEN_HEADER LOGIN_CLAIMS IMPERSONATION_LIFETIME""".split()  # noqa: SIM905 - easier to read
)
"""Settings whose meaning or bounds come from a standard."""
FACTS = ("Type", "Unit", "Default", "Allowed")
"""What the list below a setting's heading says, in this order."""
_COMPUTED = {"KEY_ENCRYPTION_KEYS", "CLIENTS", "DANGEROUSLY_ALLOW_HTTP_FROM"}
"""Settings whose default depends on Django's own settings, or is a structure that the page describes in words."""


def rows() -> dict[str, list[str]]:
    """Name, type, unit, default, what is allowed, and meaning of each setting, out of its section."""
    found = {}
    for section in re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        name, _, text = section.partition("\n")
        text = re.split(r"^## ", text, flags=re.MULTILINE)[0]
        facts = dict(re.findall(r"^\* \*\*(\w+):\*\* (.+)$", text, re.MULTILINE))
        meaning = " ".join(re.sub(r"^\* .*$", "", text, flags=re.MULTILINE).split())
        found[name.strip("`")] = [name.strip("`"), *(facts.get(key, "") for key in FACTS), meaning]
    return found


ROWS = rows()


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def test_every_setting_has_a_heading_of_its_own() -> None:
    assert sorted(ROWS) == sorted(TABLE)
    names = re.findall(r"^### `(\w+)`$", PAGE.read_text(), re.MULTILINE)
    assert len(names) == len(set(names))


def test_facts_of_each_setting_are_a_list_in_one_order() -> None:
    for section in re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        keys = re.findall(r"^\* \*\*(\w+):\*\* ", section, re.MULTILINE)
        assert keys == [key for key in FACTS if key in keys], section
        assert {"Type", "Default"} <= set(keys), section


def test_no_setting_stands_in_a_table() -> None:
    """A telephone shows no table of six columns."""
    assert not re.search(r"^\|", PAGE.read_text(), re.MULTILINE)


def test_list_of_groups_names_every_group() -> None:
    groups = re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)
    assert re.findall(r"\[([^\]]+)\]\(#", PAGE.read_text().partition("## ")[0]) == groups


def test_every_setting_is_complete() -> None:
    for name, cells in ROWS.items():
        assert len(cells) == 6, name
        assert cells[1], f"{name} has no type"
        assert cells[5].endswith((".", ")")), f"{name} has no meaning"


@pytest.mark.parametrize("name", [name for name, cells in ROWS.items() if "float" in cells[1] or "int" in cells[1]])
def test_numbers_have_unit_default_and_bounds_as_documented(name: str) -> None:
    _, _, unit, default, bounds, _ = ROWS[name]
    read, [least, most, *_] = TABLE[name], numbers(bounds)
    assert unit, "a number counts something"
    assert read(None) == numbers(default)[0]
    assert read(least) == least
    assert read(most) == most
    for beyond in (least - 1, most + 1):
        with pytest.raises(ConfigurationError):
            read(beyond)


@pytest.mark.parametrize("name", [name for name in ROWS if name not in _COMPUTED])
def test_defaults_are_as_documented(name: str) -> None:
    default = ROWS[name][3]
    if default == "required":
        with pytest.raises(ConfigurationError, match="required"):
            TABLE[name](None)
        return
    match TABLE[name](None):
        case bool() | str() as value if value != "":
            assert default == f"`{value}`" or default == str(value)
        case Mapping() as rates if rates:
            assert default == ", ".join(f"`{bucket}`: `{rate}`" for bucket, rate in rates.items())
        case int() as number:
            assert numbers(default)[0] == number
        case nothing:
            assert not nothing
            assert default in ("none", "empty")


@pytest.mark.parametrize("name", ["ON_CONCURRENT_REFRESH", "SIGNING_ALGORITHM"])
def test_choices_are_those_documented(name: str) -> None:
    choices = re.findall(r"`(\w+)`", ROWS[name][4])
    with pytest.raises(ConfigurationError) as refused:
        TABLE[name]("another")
    assert str(refused.value) == f"one of {', '.join(choices)}."


@pytest.mark.parametrize("name", TABLE)
def test_setting_from_a_standard_names_it(name: str) -> None:
    assert bool(SOURCE.search(ROWS[name][5])) is (name in FROM_STANDARDS)


def test_page_of_rate_limits_names_every_limit_of_logins_and_no_other() -> None:
    page = (ROOT / "docs" / "explain" / "throttling.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if re.match(r"\| `\w+`", line)]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)} | set(
        re.findall(r"^`(\w+)`, ", page, re.M)
    )
    assert named == set(TABLE["LOGIN_RATE_LIMITS"](None))


def examples() -> list[tuple[str, str]]:
    """The Python code of every page, each with its page."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "client-js").glob("*.md"))]
    code = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    found = [(str(page.relative_to(ROOT)), text) for page in pages for text in code.findall(page.read_text())]
    return [(page, f"BEARER = {{{text}}}" if text.startswith('"') else text) for page, text in found]


def assigned(code: str) -> list[tuple[str, ast.expr]]:
    """The settings that an example sets, each with its value."""
    found: list[tuple[str, ast.expr]] = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Assign(targets=[ast.Name(id="BEARER")], value=ast.Dict(keys=keys, values=values)):
                found += [(str(ast.literal_eval(key)), value) for key, value in zip(keys, values, strict=True) if key]
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="BEARER"), slice=ast.Constant(value=name))]):
                found.append((str(name), node.value))
    return found


def inner_keys(value: ast.expr) -> set[str]:
    keys = value.keys if isinstance(value, ast.Dict) else []
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


@pytest.mark.parametrize(("page", "code"), examples())
def test_settings_in_examples_exist_with_all_that_is_inside(page: str, code: str) -> None:
    for name, value in assigned(code):
        assert name in TABLE, f"{page}: {name}"
        if name.endswith("_RATE_LIMITS"):
            assert inner_keys(value) <= set(TABLE[name](None)), f"{page}: {name}"
        if name == "CLIENTS" and isinstance(value, ast.Dict):
            keys = {key for client in value.values for key in inner_keys(client)}
            assert keys <= set(client_readers.KEYS), f"{page}: {name}"


def test_settings_that_the_text_names_exist() -> None:
    named = re.compile(r"BEARER\[\\?[\"'](\w+)")
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "library" / "src").rglob("*.py")]
    assert {name for file in files for name in named.findall(file.read_text())} - set(TABLE) == set()


def test_examples_with_settings_are_found() -> None:
    code = 'BEARER = {"A": {"b": 1}}\nBEARER["C"] = {"d": {"e": 2}}\nOTHER = {"F": 3}\n'
    assert [(name, inner_keys(value)) for name, value in assigned(code)] == [("A", {"b"}), ("C", {"d"})]
    assert any(assigned(code) for _, code in examples())


LIFETIMES = ("access_token_lifetime", "session_idle_lifetime", "session_lifetime")


def client_rows() -> dict[str, list[str]]:
    lines = PAGE.with_name("clients.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in cells}


@pytest.mark.parametrize("key", LIFETIMES)
def test_lifetimes_of_a_client_are_bounded_as_the_setting(key: str) -> None:
    _, kind, default, meaning = client_rows()[key]
    assert (kind, default, meaning) == (
        "seconds or timedelta",
        f"`{key.upper()}`",
        "As the setting, for this client.",
    )
    [least, most, *_] = numbers(ROWS[key.upper()][4])
    for value in (least, most):
        assert client_readers.KEYS[key][1](value) == TABLE[key.upper()](value) == value
    for beyond in (least - 1, most + 1):
        with pytest.raises(ConfigurationError):
            client_readers.KEYS[key][1](beyond)


def test_number_of_sessions_of_a_client_is_bounded_as_documented() -> None:
    [least, most] = numbers(client_rows()["session_limit"][1])
    read = client_readers.KEYS["session_limit"][1]
    assert (read(None), read(least), read(most)) == (None, least, most)
    for beyond in (least - 1, most + 1):
        with pytest.raises(ConfigurationError):
            read(beyond)
