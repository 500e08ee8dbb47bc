"""Our walk over syntax trees is that of `ast`, without the contexts of names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from django_bearer_audit.project.walking import children, walk

CODE = """
import os as system
from . import a as b

@mark(1, x=2)
async def f(a, /, b: int = 3, *c, d=4, **e) -> str:
    global g
    async with a as b, c: d += [*x, (yield y), {k: v for k, v in z if k[1:2] is not None}]
    try: return f"{a!r:>{b}}" + await (lambda z: -z)(a.b.c)
    except (A, B) as error: raise error from None
    match a:
        case {"k": [1, *rest], **others} | Point(x=0) as whole if (n := whole): del others
"""


@pytest.mark.parametrize("text", [CODE, *(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))])
def test_the_same_nodes_in_the_same_order(text: str) -> None:
    tree = ast.parse(text)
    told = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    assert list(walk(tree)) == told
    for node in told:
        below = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr_context)]
        assert children(node) == below
