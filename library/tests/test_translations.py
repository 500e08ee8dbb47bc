"""Translations: the catalogue contains every translatable string, translated, and is compiled."""

from __future__ import annotations

import ast
import gettext
import re
from functools import cache
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import translation

PACKAGE = Path(__file__).parents[1] / "src" / "django_bearer"
FOLDER = PACKAGE / "locale" / "de" / "LC_MESSAGES"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_CALL = re.compile(rf"(?<!\w)({'|'.join(CALLS)})\s*\(")
_TAG = re.compile(r"""\{%\s*translate\s+["'](.+?)["']\s*%\}""")
_BLOCK = re.compile(r"\{% blocktranslate %\}(.+?)\{% endblocktranslate %\}", re.DOTALL)


@cache
def translatable() -> frozenset[str]:
    """Every string in the source that is marked for translation."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)) if _CALL.search(source) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found.add(text.value)
    for path in PACKAGE.rglob("*.html"):
        page = path.read_text()
        found.update(_TAG.findall(page))
        found.update(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text) for text in _BLOCK.findall(page))
    return frozenset(found)


def catalogue() -> dict[str, str]:
    with (FOLDER / "django.mo").open("rb") as file:
        return {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}  # type: ignore[attr-defined]


def written() -> dict[str, str]:
    """The catalogue as it is written."""

    def text(block: str) -> str:
        joined = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block))
        return joined.replace("\\n", "\n").replace('\\"', '"')

    entries = re.findall(r"msgid (.*?)\nmsgstr (.*?)(?=\n\n|\Z)", (FOLDER / "django.po").read_text(), re.DOTALL)
    return {text(key): text(value) for key, value in entries if text(key)}


def test_every_translatable_string_is_translated_and_no_other() -> None:
    assert len(translatable()) > 50
    assert set(written()) == translatable()
    assert all(written().values())
    assert "fuzzy" not in (FOLDER / "django.po").read_text()


def test_what_is_compiled_is_what_is_written() -> None:
    assert catalogue() == written(), "run django-admin compilemessages"


def test_placeholders_are_kept() -> None:
    places, texts = re.compile(r"%\(\w+\)[sd]"), written()
    other = [key for key in translatable() if sorted(places.findall(key)) != sorted(places.findall(texts[key]))]
    assert other == []


def test_a_refusal_says_it_in_the_language_of_the_request(settings: Any, db: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    german = Client(headers={"Accept-Language": "de"}).get("/drf/", headers={"Authorization": "Bearer x"})
    english = Client().get("/drf/", headers={"Authorization": "Bearer x"})
    assert german.json()["message"] == "Das Access-Token ist ungültig, abgelaufen oder widerrufen."
    assert german.json()["error_description"] == english.json()["error_description"]
    assert german["WWW-Authenticate"].isascii()
    assert "message" not in english.json()
    translation.activate("en-us")
