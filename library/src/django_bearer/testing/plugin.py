"""The pytest plugin: the `bearer` fixture, and why requests were refused in the report of a test that failed."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

REFUSED = "Requests that django-bearer refused"
_LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def bearer(db: Any) -> Any:
    """The pytest fixture: tokens and clients for tests, with a key ring in memory and a clock that can be moved.

    Args:
        db: The fixture of pytest-django, since sessions are rows.

    Yields:
        An open `django_bearer.testing.Bearer`.
    """
    from .bearer import Bearer

    with Bearer() as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collect why requests are refused while a test is set up, runs and is taken down."""
    lines = item.stash[_LINES] = []
    with ExitStack() as stack:
        if _django_is_ready():
            from .refusals import collected

            stack.enter_context(collected(lines))
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show it beside what the test printed: the answer itself says only 401."""
    report: Any = yield
    lines = item.stash.get(_LINES, [])
    if report.failed and lines:
        report.sections.append((REFUSED, "\n".join(lines)))
    return report


def _django_is_ready() -> bool:
    """Whether this run tests a Django project; pytest loads plugins for every other one, too."""
    registry = sys.modules.get("django.apps")
    return registry is not None and registry.apps.ready
