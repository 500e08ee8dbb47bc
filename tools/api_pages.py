"""Writes the page of the Python reference from the list of the public API: `python tools/api_pages.py`.

mkdocstrings puts the docstrings in when the site is built; a test compares the page with the list.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.support.public_api import ALSO, PARTS, Part

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api" / "python.md"
ABOUT = """# Python

Every name that a project may import. All others may change in any release: see [what stays stable](../../explain/stability.md).
The [settings](../settings.md) have a page of their own. On [the documentation site](../../../README.md) each name below stands
with its signature.

Every function may raise `ConfigurationError` where `BEARER` cannot be used, and `KeyDecryptionFailed` or `InvalidKey` where a
stored key cannot. Refusals derive from `HTTPRefusal`: raised in a view, they become the response that they describe.
Timestamps, lifetimes and other numbers have their unit in the description.
"""


def text() -> str:
    """The page."""
    also = "".join(f"`{name}` is the same as `{first}`. " for name, first in ALSO.items()).rstrip()
    return "\n".join([ABOUT, *(_section(part) for part in PARTS), f"## Other names\n\n{also}\n"])


def _section(part: Part) -> str:
    entries = "".join(f"\n::: {name}\n{_options(part)}" for name in part.full_names())
    return f"## {part.title}\n\n{part.about}\n{entries}"


def _options(part: Part) -> str:
    return "" if part.members else "    options: {members: false}\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text())
