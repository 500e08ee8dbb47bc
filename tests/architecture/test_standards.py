"""The page Standards: every item has a row, every row an item, and each file and test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "standards.md"
NOT_OURS = "not ours, because"
ITEMS = {
    "OWASP ASVS 5.0, V6 Authentication": {"1": 3, "2": 12, "3": 8, "4": 6, "5": 8, "6": 4, "7": 2, "8": 4},
    "OWASP ASVS 5.0, V7 Session management": {"1": 3, "2": 4, "3": 2, "4": 5, "5": 3, "6": 2},
}
"""How many items each section has."""
CWES = {f"CWE-{number}" for number in (287, 306, 307, 308, 309, 347, 384, 521, 613, 640)}
OTHERS = {
    "NIST SP 800-63B-4": {
        "3.1.1.2",
        "3.1.3",
        "3.1.4",
        "3.2.2",
        "3.2.5",
        "4.1",
        "4.2",
        "4.6",
        "5.1",
        "5.1.1",
        "5.1.2",
        "5.2",
    },
    "OWASP API2:2023 Broken authentication": {
        *("credential stuffing", "brute force of one account", "weak passwords", "tokens in a URL"),
        *("changes without a password", "unverified tokens", "unsigned tokens", "expiry not checked"),
        *("plain or weakly hashed passwords", "weak keys", "calls between services", "predictable tokens"),
        "recovery endpoints",
    },
}


def parts() -> dict[str, list[list[str]]]:
    """The rows of each part of the page: item, code, and test or reason."""
    found = {}
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        rows = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("| ")
        ]
        found[part.partition("\n")[0]] = rows[1:]
    return found


ROWS = [(title, *row) for title, rows in parts().items() for row in rows]


@pytest.mark.parametrize("title", ITEMS)
def test_every_item_of_asvs_has_one_row(title: str) -> None:
    chapter = "6" if "V6" in title else "7"
    wanted = [f"{chapter}.{section}.{item}" for section, most in ITEMS[title].items() for item in range(1, most + 1)]
    assert [row[0] for row in parts()[title]] == wanted


def test_every_other_item_has_a_row() -> None:
    assert {row[0] for row in parts()["CWE"]} == CWES
    assert {row[0].split()[0] for row in parts()["NIST SP 800-63B-4"]} == OTHERS["NIST SP 800-63B-4"]
    title = "OWASP API2:2023 Broken authentication"
    assert {row[0] for row in parts()[title]} == OTHERS[title]
    assert set(parts()) == {*ITEMS, *OTHERS, "CWE"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0][:16]}-{row[1]}")
def test_code_and_test_exist_or_a_reason_is_given(row: tuple[str, str, str, str]) -> None:
    _title, _item, code, proof = row
    if code == NOT_OURS:
        assert len(proof.split()) > 3
        return
    assert (ROOT / code.strip("`")).is_file(), code
    path, _, name = proof.strip("`").partition("::")
    assert re.search(rf"^\s*(async )?def {re.escape(name)}\(", (ROOT / path).read_text(), re.MULTILINE), proof
