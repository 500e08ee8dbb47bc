"""Warnings of names that a project imports from its old package, each with its successor."""

from __future__ import annotations

import warnings


def warn(name: str, successor: str) -> None:
    """Tell whoever calls a name of an old package what takes its place."""
    message = f"{name} is there for the move only: use {successor}"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
