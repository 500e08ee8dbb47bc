"""The public names: all there, typed, documented, and handed out without settings."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import django_bearer


@pytest.mark.parametrize("name", django_bearer.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(django_bearer, name)
    assert isinstance(found, str) or inspect.getdoc(found)


@pytest.mark.parametrize(
    "name", [name for name in django_bearer.__all__ if name.islower() and not name.startswith("_")]
)
def test_every_public_function_is_fully_typed(name: str) -> None:
    signature = inspect.signature(getattr(django_bearer, name))
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(found.annotation is not inspect.Parameter.empty for found in signature.parameters.values())


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verify'"):
        _ = django_bearer.verify  # type: ignore[attr-defined]


def test_importing_the_package_needs_no_settings() -> None:
    code = "import django_bearer, sys; print(django_bearer.__version__, 'django.db' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.split() == [django_bearer.__version__, "False"]
