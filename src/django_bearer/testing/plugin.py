"""The pytest plugin that offers the `bearer` fixture."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def bearer(db: Any) -> Any:
    """Tokens and clients for tests, with a key ring in memory and a clock that can be moved."""
    from .bearer import Bearer

    with Bearer() as found:
        yield found
