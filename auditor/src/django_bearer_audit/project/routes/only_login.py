"""Views that ask for a login and for nothing else, in projects where anybody may have one."""

from __future__ import annotations

import ast
import re

from django_bearer_audit.finding import Place
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Who

_ONLY_LOGIN = frozenset({"rest_framework.permissions.IsAuthenticated"})
_MORE = re.compile(r"role|staff|admin|superuser|perm\(|group|owner|member|tenant|has_perm|is_\w*(teacher|doctor)")


def open_sign_up(project: Project) -> bool:
    """Whether anybody may have an account."""
    return any(e.purpose is Purpose.REGISTER and e.who is not Who.USER for e in project.routes.table.endpoints)


def nothing_but_login(project: Project, endpoint: Endpoint) -> bool:
    """IsAuthenticated, `login_required`, and permissions of the project that ask for no more than a login."""
    for name in endpoint.permission.names or ("?",):
        if name in _ONLY_LOGIN or name.endswith(("login_required", "LoginRequiredMixin")):
            continue
        found = project.imports.definition(name, endpoint.where.path)
        method = project.classes.method(found, "has_permission") if found is not None else None
        if found is None or not isinstance(found.node, ast.ClassDef):
            return False
        body = getattr(method.node, "body", []) if method is not None else []
        if _MORE.search("\n".join(ast.unparse(each) for each in body)):
            return False
    return True


def whole_view(endpoint: Endpoint) -> Place:
    """From the head of the view to its end."""
    own = endpoint.handler.node if endpoint.handler is not None else None
    last = getattr(own, "end_lineno", None) or endpoint.where.line_end
    return Place(endpoint.where.path, endpoint.where.line_start, max(last, endpoint.where.line_end))
