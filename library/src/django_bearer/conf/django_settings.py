"""Django's settings, read from what its settings object remembers: each attribute asked of it costs a microsecond.

It forgets a setting that is assigned, and all of them where `override_settings` begins or ends.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

remembered: dict[str, Any] = object.__getattribute__(settings, "__dict__")
"""What was read since the last change. A setting that is missing here was not read, and may exist.

Django's object empties this very dictionary where `override_settings` begins or ends.
"""


def value(name: str) -> Any:
    """The value of a setting as it is now. Raises `AttributeError` where there is none."""
    return remembered[name] if name in remembered else getattr(settings, name)
