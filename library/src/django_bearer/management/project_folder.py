"""The folder of the project that a command runs in."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def project_folder() -> Path:
    """`BASE_DIR`, as Django's own template sets it, when the settings lie in it; else the current folder."""
    base = getattr(settings, "BASE_DIR", None)
    stem = Path(*(settings.SETTINGS_MODULE or "").split("."))
    if isinstance(base, str | Path) and any(
        (Path(base) / place).exists() for place in (stem.with_suffix(".py"), stem / "__init__.py")
    ):
        return Path(base)
    return Path.cwd()
