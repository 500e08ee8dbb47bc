"""`python -m django_bearer_migrate plan`: a step on a project that has not named this app in its settings yet."""

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line

APPS = ("django_bearer", "django_bearer_migrate")


def main() -> None:
    """Run a step of `bearer_migrate` in the project of DJANGO_SETTINGS_MODULE, with the apps added for this run."""
    sys.path.insert(0, os.getcwd())
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, *(app for app in APPS if app not in settings.INSTALLED_APPS)]
    django.setup()
    execute_from_command_line(["manage.py", "bearer_migrate", *sys.argv[1:]])


if __name__ == "__main__":
    main()
