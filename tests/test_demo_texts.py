"""The demo's texts: each is translated into German, and the catalogues are compiled."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRONT = ROOT / "demo" / "front"
FOLDER = FRONT / "locale" / "de" / "LC_MESSAGES"
_TAG = re.compile(r'\{% translate "(.+?)" %\}')
_BLOCK = re.compile(r"\{% blocktranslate %\}(.+?)\{% endblocktranslate %\}", re.DOTALL)
_CALL = re.compile(r'gettext\("((?:[^"\\]|\\.)*)"')


def in_templates() -> set[str]:
    """The texts of the pages."""
    found: set[str] = set()
    for path in FRONT.rglob("*.html"):
        page = path.read_text()
        found.update(_TAG.findall(page))
        found.update(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text) for text in _BLOCK.findall(page))
    return found


def in_scripts() -> set[str]:
    """The texts of the scripts."""
    return {text for path in (FRONT / "files").glob("*.js") for text in _CALL.findall(path.read_text())}


def titles() -> set[str]:
    """The titles of the attacks, which a page shows as cards."""
    found: set[str] = set()
    for path in (ROOT / "demo" / "attacks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TITLE":
                found.add(ast.literal_eval(node.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "STEPS.step":
                found.add(ast.literal_eval(node.args[0]))
    return found


def written(domain: str) -> dict[str, str]:
    """The catalogue as it is written."""

    def text(block: str) -> str:
        joined = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block))
        return joined.replace("\\n", "\n").replace('\\"', '"')

    page = (FOLDER / f"{domain}.po").read_text()
    entries = re.findall(r"msgid (.*?)\nmsgstr (.*?)(?=\n\n|\Z)", page, re.DOTALL)
    return {text(key): text(value) for key, value in entries if text(key)}


def compiled(domain: str) -> dict[str, str]:
    with (FOLDER / f"{domain}.mo").open("rb") as file:
        return {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}  # type: ignore[attr-defined]


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_text_is_translated_and_no_other(domain: str) -> None:
    texts = in_scripts() if domain == "djangojs" else in_templates() | titles()
    assert len(texts) > 80
    assert set(written(domain)) == texts
    assert all(written(domain).values())
    assert compiled(domain) == written(domain), "run django-admin compilemessages in demo/front"


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_a_translation_keeps_the_parts_that_are_filled_in(domain: str) -> None:
    for text, translated in written(domain).items():
        for part in (r"%(?:\(\w+\))?s", r"<[^>]+>"):
            assert sorted(re.findall(part, text)) == sorted(re.findall(part, translated)), text
