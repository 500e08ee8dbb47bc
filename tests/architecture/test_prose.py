"""The documentation's sentences are short, and most say who does what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import prose
from tools.support.new_project import ROOT


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_pages_keep_to_the_rules() -> None:
    rules = prose.rules()
    found = {name_of(path): prose.faults(path.read_text(), rules, name_of(path)) for path in prose.pages()}
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_no_docstring_and_no_message_has_a_long_sentence() -> None:
    rules = prose.rules()
    found = {name_of(path): prose.long_sentences(path.read_text(), rules) for path in prose.modules()}
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}


LONG = "It is long " + "and " * 40 + "ends."


@pytest.mark.parametrize(
    "source",
    [
        f'"""{LONG}"""',
        f'def f():\n    """Short.\n\n    Args:\n        one: {LONG}\n        two: Short.\n    """',
        f'Warning("{LONG}", hint="Do this.")',
        f'checks.Error("It is wrong.", hint="{LONG}")',
        f'_("{LONG}")',
    ],
)
def test_a_long_sentence_is_found(source: str) -> None:
    assert len(prose.long_sentences(source, prose.rules())) == 1


@pytest.mark.parametrize(
    "source",
    [
        f'call("{LONG}")',
        'def f():\n    """Do it.\n\n    Args:\n'
        + "".join(f"        name{n}: What it is\n" for n in range(30))
        + '    """',
    ],
)
def test_parts_of_a_section_and_other_texts_are_no_sentence(source: str) -> None:
    assert prose.long_sentences(source, prose.rules()) == []


def test_pages_that_may_be_passive_are_there() -> None:
    assert set(prose.rules().passive) <= set(map(name_of, prose.pages()))


def test_code_markup_and_headings_are_no_sentences() -> None:
    page = """# A heading of some words.

One sentence is here. Another `name.of_something()` is
there, e.g. with [a link](https://docs.example/very/long).

* An item of a list
* Another item is here

| a cell of a table | and another one here |
|---|---|

```python
this.is_no(sentence) or anything
```
"""
    assert list(prose.sentences(page)) == [
        "One sentence is here.",
        "Another Name is there, e.g with a link.",
        "An item of a list",
        "Another item is here",
        "a cell of a table",
        "and another one here",
    ]


@pytest.mark.parametrize(
    ("sentence", "passive"),
    [
        ("The token is refused.", True),
        ("The token was never sent.", True),
        ("The server refuses the token.", False),
        ("The token is short.", False),
        ("You need it.", False),
    ],
)
def test_passive_voice(sentence: str, passive: bool) -> None:
    assert prose.is_passive(sentence) is passive


def test_what_breaks_the_rules_is_named() -> None:
    strict = prose.Rules(longest_sentence=5, mean_sentence=4, passive_share=0.1, short_page=2, passive=["other.md"])
    page = "The token is refused by us now. The server is there."
    assert len(prose.faults(page, strict)) == 3
    assert len(prose.faults(page, strict, "other.md")) == 2
    assert prose.faults("The server is there.", strict) == []
