"""The command `django-bearer audit`, which is `django-bearer-audit` by another name."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

USAGE = (
    'usage: django-bearer audit PATH\n\nThe auditor is a distribution of its own: pip install "django-bearer[audit]"'
)


def main() -> NoReturn:
    """Hand the arguments to the auditor, and exit with its status; 2 where it is missing or nothing is asked."""
    if sys.argv[1:2] != ["audit"]:
        sys.exit(_usage())
    try:
        command = import_module("django_bearer_audit.cli")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "django_bearer_audit":
            raise
        sys.exit(_usage())
    command.main(sys.argv[2:])
    raise AssertionError("the auditor exits by itself")


def _usage() -> int:
    print(USAGE, file=sys.stderr)
    return 2
