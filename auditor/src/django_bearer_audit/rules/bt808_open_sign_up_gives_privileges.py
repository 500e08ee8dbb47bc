"""Anybody makes themselves staff: an open endpoint creates accounts that may do more than ordinary ones.

A sign-up is open by nature; what it hands out must not be. Here the account it makes is staff, superuser or
of a special role, or the caller chooses the role in the request.

Not reported when the endpoint asks for a login, a secret or a signature, or when the role is the ordinary
one.

Fix: create ordinary accounts; let somebody with the right to do so raise them in an endpoint of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Who
from django_bearer_audit.project.routes.privileges import Grant
from django_bearer_audit.project.routes.public_endpoints import by_view, privileges

ID = "BT808"
TITLE = "Open sign-up gives privileges"
CWE = "CWE-306"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


_ACCOUNTS = frozenset({"AbstractUser", "AbstractBaseUser", "PermissionsMixin"})


def check(project: Project) -> Iterator[Hit]:
    routes = project.routes
    yield from _by_default(project)
    chosen = [e for e in routes.table.endpoints if e.who is Who.EVERYBODY and not e.safe]
    for group in by_view(chosen):
        found = list(privileges(routes, group))
        if found:
            yield _hit(*max(found, key=lambda each: each[1].full))


def _by_default(project: Project) -> Iterator[Hit]:
    """`is_staff = BooleanField(default=True)`: whoever signs up is what the column says of everybody."""
    open_ = (e for e in project.routes.table.endpoints if e.purpose is Purpose.REGISTER and e.who is not Who.USER)
    if next(open_, None) is None:
        return
    for model in project.models.all:
        above = [e.rpartition(".")[2] for e in project.classes.ancestry(model.definition) if isinstance(e, str)]
        loaded = re.search(r"(^|/)models(\.py|/)", model.definition.module.path)  # what Django imports by itself
        if loaded is None or not any(each in _ACCOUNTS for each in above):
            continue
        for field in model.own:
            always = any(k.arg == "default" and getattr(k.value, "value", None) is True for k in field.call.keywords)
            if field.name in {"is_staff", "is_superuser", "is_admin"} and always:
                yield Hit(
                    where=model.definition.module.place(field.call),
                    message=f"{model.node.name}.{field.name} is true of every account, and anybody signs up.",
                    attack="Whoever signs up enters the admin, or what else asks for that column.",
                    fix=f"{field.name} = models.BooleanField(default=False)",
                )


def _hit(endpoint: Endpoint, grant: Grant, place: Place) -> Hit:
    chosen = "The caller chooses it. " if grant.chosen_by_caller else ""
    return Hit(
        where=endpoint.where,
        message=f"{endpoint.told} is open to everybody and sets {grant.what} ({place}). {chosen}".strip(),
        attack="One request makes anybody's account a privileged one.",
        fix="user = User.objects.create_user(...)  # no flag, no role from outside\n"
        "# permission_classes = [IsAdminUser] where privileged accounts are made",
        related=(place,),
        severity=None if grant.full or grant.chosen_by_caller else Severity.MEDIUM,
        confidence=None if grant.full or grant.chosen_by_caller else Confidence.MEDIUM,
    )
