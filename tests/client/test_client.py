"""The browser client's own suite: its tests, its types, its weight."""

from __future__ import annotations

import os
import re
import sys

import pytest

from tools import client


def node_or_skip() -> None:
    """Continuous integration must have node; elsewhere one line says that it is missing."""
    if not client.available():
        if os.environ.get("CI") == "true":
            pytest.fail(client.MISSING)
        print(client.MISSING, file=sys.stderr)
        pytest.skip(client.MISSING)


def test_the_clients_own_suite() -> None:
    node_or_skip()
    client.ensure()
    said = client.run("npm", "test")
    passed = re.search(r"^# pass (\d+)$", said, re.MULTILINE)
    assert passed is not None, said
    assert int(passed[1]) > 50
    assert "# fail 0" in said
    assert "# skipped 0" in said


def test_types_hold_under_typescript_5_and_7() -> None:
    node_or_skip()
    client.ensure()
    client.run("npm", "run", "--silent", "types")


def test_the_client_is_small() -> None:
    node_or_skip()
    import gzip

    assert len(gzip.compress(client.ensure().read_bytes())) <= 8 * 1024  # as `build.mjs` requires


def test_the_map_names_every_module_of_the_client() -> None:
    page = (client.CLIENT.parent / "docs" / "architecture" / "modules.md").read_text()
    there = sorted(f"client-js/src/{path.name}" for path in (client.CLIENT / "src").glob("*.ts"))
    assert sorted(re.findall(r"`(client-js/src/[^`]+)`", page)) == there


def test_recipes_of_the_guide_are_those_that_are_type_checked() -> None:
    page = (client.CLIENT.parent / "docs" / "guide" / "client.md").read_text().partition("## Recipes")[2]
    printed = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    sources = (client.CLIENT / "types" / "recipes.ts", client.CLIENT / "test" / "recipes.test.ts")
    checked = " ".join(" ".join(path.read_text() for path in sources).split())
    assert len(printed) == 5
    for recipe in printed:
        for line in recipe.splitlines():
            if not line.startswith(("const ", "useQuery(", "}")):
                assert " ".join(line.split()) in checked, line
        for options in re.findall(r"create\((\{.*\})\);", recipe):
            assert options in checked, options


def test_the_native_client_of_the_guide_is_type_checked() -> None:
    page = (client.CLIENT.parent / "docs" / "guide" / "mobile.md").read_text()
    [printed] = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert printed in (client.CLIENT / "types" / "native.ts").read_text()


def test_the_handlers_of_the_guide_for_node_are_those_that_are_tested() -> None:
    page = (client.CLIENT.parent / "docs" / "guide" / "next.md").read_text()
    [printed] = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert printed == (client.CLIENT / "test" / "next_session.ts").read_text()
