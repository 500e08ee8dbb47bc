"""One piece of advice: when it applies, what is wrong, and the lines that fix it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from .. import conf
from ..errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Advice:
    """`applies` is asked with Django's settings; `hint` is what to write into them."""

    id: str
    said: str
    hint: str
    applies: Callable[[Any], bool]

    def message(self) -> CheckMessage:
        """The same, as Django shows it."""
        return Warning(self.said, hint=self.hint, id=self.id)


def given(advice: Iterable[Advice]) -> list[CheckMessage]:
    """The advice that applies to this project."""
    return [one.message() for one in advice if one.applies(settings)]


def ours() -> conf.Config | None:
    """The `BEARER` settings, or None where they cannot be used, which is said elsewhere."""
    try:
        return conf.current()
    except ConfigurationError:
        return None


def has_middleware(found: Any, *names: str) -> bool:
    """Whether one of these stands in MIDDLEWARE."""
    return bool(set(names) & set(found.MIDDLEWARE))
