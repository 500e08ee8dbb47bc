"""The page of the settings says what their table does: default, bounds, unit, and the standard behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from django_bearer.conf import TABLE
from django_bearer.errors import ConfigurationError
from tools.support.docstring_rules import SOURCE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
FROM_STANDARDS = frozenset(
    """ISSUER AUDIENCE ISSUERS ACCESS_TOKEN_LIFETIME SESSION_IDLE_LIFETIME SESSION_LIFETIME LEEWAY SIGNING_ALGORITHM
    USER_ID_FIELD EXTRA_CLAIMS SCOPES CLIENTS ON_CONCURRENT_REFRESH INTROSPECTION_SCOPE LOGIN_RATE_LIMITS
    CODE_RATE_LIMITS RATELIMIT_HEADERS REFRESH_RATE_LIMITS TOKEN_RATE_LIMITS DANGEROUSLY_ALLOW_HTTP_FROM
    DANGEROUSLY_ALLOW_ANONYMOUS ACR_VALUES STEP_UP_MAX_AGE""".split()  # noqa: SIM905 - easier to read
)
"""Settings whose meaning or bounds come from a standard."""
_COMPUTED = {"KEY_ENCRYPTION_KEYS", "CLIENTS", "DANGEROUSLY_ALLOW_HTTP_FROM"}
"""Settings whose default depends on Django's own settings, or is a structure that the page describes in words."""


def rows() -> dict[str, list[str]]:
    """Name, type, unit, default, bounds and meaning of each setting."""
    lines = [line.split("|")[1:-1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells] for cells in lines}


ROWS = rows()


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def test_every_setting_has_a_full_row() -> None:
    assert list(ROWS) == list(TABLE)
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
