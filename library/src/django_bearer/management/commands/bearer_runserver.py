"""`manage.py bearer_runserver`: the development server over HTTPS, with a certificate of its own."""

from __future__ import annotations

import os
import ssl
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser
from django.core.servers.basehttp import WSGIServer
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from .. import certificate


def _runserver() -> Any:
    """Whatever `runserver` is in this project, static files included."""
    app = get_commands()["runserver"]
    return type(load_command_class(app, "runserver") if isinstance(app, str) else app)


class SecureServer(WSGIServer):
    """Django's development server behind TLS. The handshake is done in the request's own thread."""

    context: ssl.SSLContext

    def get_request(self) -> Any:
        connection, address = super().get_request()
        secure = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return secure, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that does not trust the certificate hangs up; that is no error of ours."""
        import sys

        if not isinstance(sys.exc_info()[1], ssl.SSLError):
            super().handle_error(request, client_address)

    def setup_environ(self) -> None:
        super().setup_environ()
        self.base_environ["HTTPS"] = "on"


class Command(_runserver()):  # type: ignore[misc]
    help = """\
`runserver` over HTTPS, so that cookies and tokens behave as they will in production. For development only.

The certificate is for localhost and 127.0.0.1, is made on first use, and lies in your own data folder, with a key
that only you can read. Trust its authority once, and browsers stop asking.
"""
    protocol = "https"
    default_addr = "localhost"
    """The host that ISSUER names in development: a page under another one is of another origin, and refused."""
    default_port = "8443"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(use_threading=True)

    def handle(self, *args: Any, **options: Any) -> Any:
        made = certificate.ready()
        # The reloader starts this command a second time, and again after each change.
        if DJANGO_AUTORELOAD_ENV not in os.environ:
            self._introduce(made)
        SecureServer.context = made.context()
        self.server_cls = SecureServer
        return super().handle(*args, **options)

    def _introduce(self, made: certificate.Certificate) -> None:
        if not settings.DEBUG:
            self.stderr.write("DEBUG is off: this server is for development only.")
        self.stdout.write(f"Certificate of {made.authority}\nSHA-256 {made.fingerprint}\n{certificate.TRUST}")
        self.stdout.flush()
