"""`python -m demo.attacks`: start the server, take the tour, stop the server."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import django

from demo import setup
from demo.attacks import (
    botnet,
    doors,
    ends,
    forgeries,
    keys,
    life,
    line,
    machines,
    operators,
    refreshing,
    services,
)
from demo.attacks.board import Board
from demo.attacks.stage import Stage
from demo.running import running

CHAPTERS = (life, services, machines, refreshing, ends, forgeries, line, doors, keys, operators, botnet)


def main() -> int:
    home = setup.DEFAULT.parent
    home.mkdir(parents=True, exist_ok=True)
    board = Board(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="tour-", dir=home) as folder, running(Path(folder)) as server:
        _become_operator(folder, server.url)
        with Stage(server) as stage:
            for chapter in CHAPTERS:
                board.chapter(chapter.TITLE)
                for step in chapter.STEPS:
                    board.take(step, stage)
    return board.close()


def _become_operator(folder: str, url: str) -> None:
    """Give this process the project's settings: it is also the shell of whoever runs the server."""
    os.environ.update(DEMO_FOLDER=folder, DEMO_URL=url, DJANGO_SETTINGS_MODULE="demo.settings")
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
