"""The flame graph: boxes as wide as their share, each below the one that called it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from xml.etree import ElementTree

from benchmarks import flame, measure

STACKS = Counter({("a:run", "django.x:one"): 3, ("a:run", "django_bearer.y:<two>"): 1})
BOX = re.compile(r'<title>([^<]*) ([\d.]+) %</title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"')


def test_boxes_are_as_wide_as_their_share() -> None:
    found = {name: (float(share), float(x), int(y), float(w)) for name, share, x, y, w in drawn()}
    assert found["a:run"] == (100.0, 0.0, flame.ROW, flame.WIDTH)
    assert found["django.x:one"] == (75.0, 0.0, 2 * flame.ROW, 0.75 * flame.WIDTH)
    assert found["django_bearer.y:&lt;two&gt;"] == (25.0, 0.75 * flame.WIDTH, 2 * flame.ROW, 0.25 * flame.WIDTH)


def drawn() -> list[tuple[str, ...]]:
    return BOX.findall(flame.picture("GET", STACKS))


def test_it_is_xml_whatever_the_names_are() -> None:
    ElementTree.fromstring(flame.picture('<&"', STACKS))


def test_a_stack_begins_at_the_request() -> None:
    seen = []

    def handler(request: object, start: object) -> object:
        seen.append(flame.stack_of(sys._getframe()))
        start("200 OK", [])  # type: ignore[operator]
        return Answer()

    class Answer(list[bytes]):
        def close(self) -> None: ...

    measure.call(handler, {})
    assert [name.rpartition(".")[2] for name in seen[0]] == ["handler"]
    assert flame.stack_of(sys._getframe()) == (), "no request is under way"
