"""The host of a reset link comes from the request.

`request.get_host()` and `build_absolute_uri` repeat the Host header that the caller sent. With
ALLOWED_HOSTS at `*` that may be any name, so an attacker has a mail sent to the owner whose link leads to
himself, token included.

Silent when ALLOWED_HOSTS names hosts. An address in the body of the request that the link begins with is as good:
whoever asks for the mail chooses where the token goes.

Fix: list the hosts in ALLOWED_HOSTS, and build links from a setting.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sent
from django_bearer_audit.project.effects.value import How, Kind
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module

ID = "BT705"
TITLE = "Reset link trusts the Host header"
CWE = "CWE-640"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_HOSTS = frozenset({"get_host", "build_absolute_uri", "get_current_site"})
_READS = frozenset({"get_host", "build_absolute_uri"})
_BODIES = frozenset({"POST", "data", "body", "json", "GET", "query_params"})
_ADDRESSES = ("url", "uri", "domain", "host", "origin", "redirect", "callback", "frontend")
_ABOUT = (
    "reset",
    "forgot",
    "forget",
    "recover",
    "recovery",
    "activation",
    "activate",
    "verify",
    "verification",
)


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for hit in _by_header(project):
        told.add(hit.where)
        yield hit
    for (where,) in in_views(project, f"{ID} hosts", _with_host):
        place = Place(*where)
        if _any_host(project, place) and not any(_same_line(place, each) for each in told):
            told.add(place)
            yield _of_host(place)
    for where, name in in_views(project, ID, _chosen):
        if Place(*where) not in told:
            told.add(Place(*where))
            yield Hit(
                where=Place(*where),
                message=f"The mailed link begins with {name} from the request.",
                attack="The owner gets a real mail whose link brings the token to the attacker's server.",
                fix='link = f"{settings.SITE_URL}{path}"',
            )


def _with_host(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A token and the host of the request go into one mail, whatever the view is called."""
    for effect in effects:
        if effect.act is Act.SENDS and (effect.value.was(How.SIGNED) or effect.value.of(Kind.CHANCE)):
            for source in sorted(effect.value.of(Kind.UNKNOWN)):
                if source.name.rpartition(".")[2] in _READS:
                    yield [written(source.where)]
                    break


def _any_host(project: Project, place: Place) -> bool:
    settings = project.settings_for(place.path)
    return settings is not None and "*" in (settings.names("ALLOWED_HOSTS") or ())


def _same_line(one: Place, other: Place) -> bool:
    return one.path == other.path and one.line_start == other.line_start


def _chosen(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """A token of the project and an address of the caller's go into one mail."""
    for effect in effects:
        if effect.act is Act.SENDS and (effect.value.was(How.SIGNED) or effect.value.of(Kind.CHANCE)):
            for source in sorted(sent(effect.value)):
                if source.part in _BODIES and has_word(source.name, *_ADDRESSES):
                    yield [written((*effect.through, effect.where)[0]), source.name]
                    break


@modules_with(*_HOSTS, "HTTP_HOST", "X-Forwarded-Host")
def _by_header(project: Project, module: Module) -> Iterator[Hit]:
    if not _any_host(project, Place(module.path)):
        return
    for node in [*module.nodes(ast.Call), *module.nodes(ast.Subscript)]:
        if _reads_host(node) and _sends_a_link(module, node):
            yield _of_host(module.place(node))


def _of_host(where: Place) -> Hit:
    return Hit(
        where=where,
        message='The link is built from the Host header, and ALLOWED_HOSTS is ["*"].',
        attack="The owner gets a real mail whose link brings the token to the attacker's server.",
        fix='ALLOWED_HOSTS = ["shop.example.com"]\nlink = f"{settings.SITE_URL}{path}"',
    )


def _reads_host(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="get_host" | "build_absolute_uri")):
            return True
        case ast.Subscript(slice=ast.Constant(value="HTTP_HOST" | "Host" | "X-Forwarded-Host")):
            return True
        case _:
            return False


def _sends_a_link(module: Module, node: ast.AST) -> bool:
    names = [scope.name for scope in module.enclosing(node) if not isinstance(scope, ast.Lambda)]
    function = module.function_around(node)
    code = ast.unparse(function).lower() if function else ""
    return any(has_word(name, *_ABOUT) for name in names) and "token" in code and "mail" in code
