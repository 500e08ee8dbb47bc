"""What the servers of `benchmarks.over_http` run: each path is answered under the middleware of its party."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from . import project

URLS = "benchmarks.http_urls"
DATABASE = "BENCH_DATABASE"
"""The variable that holds the entry for Django's DATABASES, as JSON."""
OURS = frozenset({"/bearer/", "/plain/user/", "/async/user/"})
"""The paths that are answered under our middleware."""

if DATABASE in os.environ:  # in a server; a test imports this for its names
    project.configure(json.loads(os.environ[DATABASE]), URLS, migrate=False)


def _handlers(kind: type) -> tuple[Any, Any]:
    """Ours and everybody else's."""
    from django.test import override_settings

    found = []
    for middleware in (project.OUR_MIDDLEWARE, project.DJANGO_MIDDLEWARE):
        with override_settings(MIDDLEWARE=middleware):
            found.append(kind())
    return found[0], found[1]


def wsgi() -> Callable[..., Any]:
    """The application for a WSGI server, which calls this once."""
    from django.core.handlers.wsgi import WSGIHandler

    ours, standard = _handlers(WSGIHandler)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        return (ours if environ["PATH_INFO"] in OURS else standard)(environ, start)

    return application


def asgi() -> Callable[..., Any]:
    """The same for an ASGI server."""
    from django.core.handlers.asgi import ASGIHandler

    ours, standard = _handlers(ASGIHandler)

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await (ours if scope["path"] in OURS else standard)(scope, receive, send)

    return application
