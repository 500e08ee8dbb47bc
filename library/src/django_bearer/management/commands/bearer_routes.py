"""`manage.py bearer_routes`: every route, and whether it requires authentication."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from ...http import public_routes
from ..auditor import auditor, loaded_project
from ..documented_command import DocumentedCommand
from ..escaping import escape
from ..project_folder import project_folder


class Command(DocumentedCommand):
    help = """\
List every route of this project, and whether it requires authentication.

  closed     requires a valid token, or another login such as Django's session
  own check  an endpoint of django-bearer that requires a token or a client's secret itself
  public     requires none: decorated with django_bearer.public or Django's login_not_required, static files, or
             named in BEARER["PUBLIC_PATHS"]; with the methods where not all are public
  admin      a page of Django's admin, for its staff; accepts no API token, and no token that lacks one of
             BEARER["SCOPES"]

A public view may still check something itself. --closed and --public list one sort only.
--who lists every method instead, who may enter it and why: permission, throttle, CSRF, as the auditor sees them.
"""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--closed", action="store_true", help="only the closed ones")
        parser.add_argument("--public", action="store_true", help="only the public ones")
        parser.add_argument("--who", action="store_true", help="every method, who may enter, and why")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="how to print it")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["format"] == "json"
        if options["who"]:
            self.stdout.write(auditor().routes_table(project_folder(), loaded_project(), as_json=as_json))
            return
        wanted = {sort for sort in ("closed", "public") if options[sort]} or {
            "closed",
            "own check",
            "public",
            "admin",
        }
        shown = [route for route in public_routes.routes() if route.access in wanted]
        if as_json:
            listed = [{**asdict(route), "access": route.access} for route in shown]
            self.stdout.write(json.dumps({"routes": listed}, indent=2))
            return
        for route in shown:
            self.stdout.write(f"{_who(route):24} {escape(route.pattern):40} {escape(route.view)}")


def _who(route: public_routes.Route) -> str:
    if route.access != "public":
        return route.access
    return "public" if route.open_to == public_routes.METHODS else f"public: {' '.join(route.open_to)}"
