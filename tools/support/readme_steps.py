"""What a reader of the guide to install the package types, and a certificate where the guide says that it lies."""

from __future__ import annotations

from pathlib import Path

import trustme

from tools.support.new_project import INSTALL, commands

RUNSERVER = "python manage.py runserver"


def steps() -> tuple[list[str], list[str]]:
    """What is typed before the server runs, and what in another terminal."""
    typed = commands(INSTALL)
    at = typed.index(RUNSERVER)
    return typed[:at], typed[at + 1 :]


def certify(folder: Path) -> str:
    """A certificate for 127.0.0.1 where the page says it lies; returns the file that clients must trust."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(folder / "key.pem")
    server.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return str(folder / "ca.pem")
