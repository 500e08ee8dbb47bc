"""Serves the project in a process of its own, on SQLite in a file: `python -m tests.server FILE`.

Half a minute passes on the server before each refresh, so that each one rotates: a refresh token that is used twice
ends its session, unless it comes with the key of the first time.
"""

from __future__ import annotations

import os
import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def main(file: str) -> None:
    os.environ.update(CLIENT_TEST_DATABASE=file, DJANGO_SETTINGS_MODULE="tests.settings")
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    from django.contrib.auth.models import User

    from django_bearer.primitives import clock

    def hurried(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/auth/refresh/":
            clock.advance(31)
        return application(environ, start_response)

    call_command("migrate", verbosity=0)
    User.objects.create_user("ann", password="correct horse")
    with make_server("127.0.0.1", 0, hurried, Threads, Quiet) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
