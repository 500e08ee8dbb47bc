"""A login, reset or one-time-code view of the project's own has no rate limit.

Views written by hand get no protection from the package they replace: neither a throttle, nor a lock after
failed attempts. A code of six digits falls in minutes, a weak password in hours.

Not reported: views with throttle_classes that apply, django-ratelimit or a project's own limiting
decorator, code that counts attempts or asks for a captcha, and views for users who are logged in already.
Nor are logins under django-axes or django-defender, and what middleware or the gateway's configuration in
this tree limits.

Low for a login page with a CSRF token that starts a session: no token comes out of it. Django's `LoginView` is one.

Fix: a throttle at the view, counted by account and by address.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.meaning import Secret, counts_attempts, tried
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint, Kind, Purpose
from django_bearer_audit.project.routes.limits import limits
from django_bearer_audit.project.routes.unlimited_endpoints import limited_at_proxy, locked, own_endpoints
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT502"
TITLE = "Credentials tried without a limit"
CWE = "CWE-307"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIX_REST = """throttle_classes = [ScopedRateThrottle]
throttle_scope = "login"  # with "login": "10/min" in DEFAULT_THROTTLE_RATES"""
_PAGES = frozenset({"django.contrib.auth.views.LoginView", "django.contrib.auth.urls"})
_FIX_DJANGO = '@ratelimit(key="ip", rate="10/m", method="POST", block=True)  # and one counted by account'


def check(project: Project) -> Iterator[Hit]:
    yield from _resolvers(project)
    yield from _pages(project)
    chosen = list(own_endpoints(project.routes, project.settings_for))
    if chosen and not limited_at_proxy(project.tree):
        # a view set has an endpoint for each of its functions; one function behind two routes is one endpoint
        limited_by_nothing = {
            endpoint.handler.node: endpoint for endpoint in reversed(chosen) if endpoint.handler is not None
        }
        for endpoint in sorted(limited_by_nothing.values(), key=lambda each: each.where):
            yield _hit(endpoint)


def _resolvers(project: Project) -> Iterator[Hit]:
    """Mutations of GraphQL that try a password or a code: one request may hold a thousand of them."""
    for module in project.python.with_words("graphene", "strawberry", "ariadne"):
        functions: list[Function] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            owner = _mutation(project, module, function)
            if owner is None:
                continue
            effects = project.effects.of_resolver(module, function, owner[0])
            limited = counts_attempts(effects) or any(limits(decorator) for decorator in function.decorator_list)
            settings = project.settings_for(module.path)
            locked_out = settings is not None and settings.installed("axes", "defender")
            limited = limited or locked_out or limits(function) or limited_at_proxy(project.tree)
            if any(tried(e) in {Secret.PASSWORD, Secret.CODE} for e in effects) and not limited:
                yield Hit(
                    where=module.place(function),
                    message=f"The GraphQL resolver {function.name} tries a secret, and its code counts nothing.",
                    attack="Aliases in one query try hundreds of passwords at once.",
                    fix="if is_ratelimited(info.context, group='login', key='ip', rate='10/m', increment=True):\n"
                    "    raise GraphQLError('too many attempts')",
                )


def _pages(project: Project) -> Iterator[Hit]:
    """Django's own login page, which counts nothing by itself."""
    told: set[Place] = set()
    for endpoint in project.routes.table.endpoints:
        if (
            endpoint.view not in _PAGES
            or endpoint.purpose is not Purpose.LOGIN
            or endpoint.path == "?"
            or endpoint.throttle.names
            or endpoint.where in told
        ):
            continue
        if locked(endpoint, project.settings_for(endpoint.where.path)) or limited_at_proxy(project.tree):
            continue
        told.add(endpoint.where)
        yield replace(_hit(endpoint), severity=Severity.LOW)


def _mutation(project: Project, module: Module, function: Function) -> tuple[Definition | None] | None:
    """The class of a `mutate`, or none for a function that is decorated as a mutation; None for all others."""
    above = module.parents.get(function)
    decorated = any("mutation" in ast.dump(each).lower() for each in function.decorator_list)
    if isinstance(above, ast.ClassDef):
        owner = project.classes.define(module, above)
        if decorated or function.name in {"mutate", "mutate_and_get_payload", "perform_mutation"}:
            return (owner,)
        return None
    return (None,) if decorated else None


def _is_form(endpoint: Endpoint) -> bool:
    """A login page for people: a form with a CSRF token, whose fruit is a session and no bearer token."""
    checked = endpoint.kind is Kind.DJANGO and endpoint.csrf.names == ("csrf",)
    if not checked or endpoint.purpose is not Purpose.LOGIN or endpoint.handler is None:
        return False
    names = (node.id for node in walk(endpoint.handler.node) if isinstance(node, ast.Name))
    return "JsonResponse" not in names


def _whole(endpoint: Endpoint) -> Place:
    """All of the function that answers: what it lacks may be added anywhere in it."""
    node = endpoint.handler.node if endpoint.handler is not None else None
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and endpoint.handler is not None
    if node is None or not inside or endpoint.handler is None or endpoint.handler.code.path != endpoint.where.path:
        return endpoint.where
    return Place(endpoint.where.path, endpoint.where.line_start, node.end_lineno or endpoint.where.line_end)


def _hit(endpoint: Endpoint) -> Hit:
    attack = {
        Purpose.LOGIN: "A list of common passwords is tried against every account.",
        Purpose.RESET: "Mail is sent by the thousand, and reset codes are guessed.",
        Purpose.CODE: "All codes are tried before the right one expires.",
    }
    return Hit(
        where=_whole(endpoint),
        message=f"{endpoint.told} ({endpoint.purpose.value}) has no rate limit: "
        f"no throttle at the view, none by default, and its code counts nothing.",
        attack=attack[endpoint.purpose],
        fix=_FIX_REST if endpoint.kind is Kind.REST else _FIX_DJANGO,
        severity=Severity.LOW if _is_form(endpoint) else None,
    )
