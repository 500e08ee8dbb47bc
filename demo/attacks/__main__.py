"""`python -m demo.attacks`: start the server, run every step, stop it. With `--json` each step is a line of JSON."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import django

from demo import setup
from demo.attacks.context import Context
from demo.attacks.report import Lines, Report
from demo.attacks.sections import SECTIONS
from demo.running import running


def main() -> int:
    home = setup.DEFAULT.parent
    home.mkdir(parents=True, exist_ok=True)
    report = Lines(sys.stdout) if "--json" in sys.argv else Report(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="attacks-", dir=home) as folder, running(Path(folder)) as server:
        _use_project_settings(folder, server.url)
        with Context(server) as context:
            for section in SECTIONS:
                report.section(section.TITLE)
                for step in section.STEPS:
                    report.run(step, context)
    return report.close()


def _use_project_settings(folder: str, url: str) -> None:
    """Give this process the project's settings: it is also the operator's shell."""
    os.environ.update(DEMO_FOLDER=folder, DEMO_URL=url, DJANGO_SETTINGS_MODULE="demo.settings")
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
