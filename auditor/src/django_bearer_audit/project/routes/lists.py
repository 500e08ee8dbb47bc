"""Which class list of REST framework is in force: of the URLconf, getter, action, class or settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes import choices
from django_bearer_audit.project.routes.facts import Source
from django_bearer_audit.project.routes.handlers import Answer
from django_bearer_audit.project.routes.names import Written
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import names as known_names
from django_bearer_audit.project.values import never_set

_REST = "rest_framework."


class ListKind(NamedTuple):
    """One of the three lists."""

    attribute: str
    getter: str
    setting: str
    default: tuple[str, ...]


PERMISSION = ListKind(
    "permission_classes", "get_permissions", "DEFAULT_PERMISSION_CLASSES", (f"{_REST}permissions.AllowAny",)
)
AUTHENTICATION = ListKind(
    "authentication_classes",
    "get_authenticators",
    "DEFAULT_AUTHENTICATION_CLASSES",
    (f"{_REST}authentication.SessionAuthentication", f"{_REST}authentication.BasicAuthentication"),
)
THROTTLE = ListKind("throttle_classes", "get_throttles", "DEFAULT_THROTTLE_CLASSES", ())

_JWT = "rest_framework_simplejwt.views.TokenViewBase"
_OBTAIN = "rest_framework.authtoken.views.ObtainAuthToken"
_AUTHENTICATED = (f"{_REST}permissions.IsAuthenticated",)
_IN_PACKAGES: dict[tuple[str, str], tuple[str, ...]] = {
    (_JWT, "permission_classes"): (),
    (_JWT, "authentication_classes"): (),
    (_OBTAIN, "permission_classes"): (),
    (_OBTAIN, "throttle_classes"): (),
    **{("knox.views." + name, "permission_classes"): _AUTHENTICATED for name in ("LoginView", "LogoutView")},
    ("dj_rest_auth.views.PasswordChangeView", "permission_classes"): _AUTHENTICATED,
    ("dj_rest_auth.views.UserDetailsView", "permission_classes"): _AUTHENTICATED,
    **{
        (f"dj_rest_auth.views.{name}", "permission_classes"): (f"{_REST}permissions.AllowAny",)
        for name in ("LoginView", "LogoutView", "PasswordResetView", "PasswordResetConfirmView")
    },
    ("dj_rest_auth.registration.views.RegisterView", "permission_classes"): (f"{_REST}permissions.AllowAny",),
    ("dj_rest_auth.registration.views.SocialLoginView", "permission_classes"): (f"{_REST}permissions.AllowAny",),
}
_KNOWN = ("rest_framework.", "django.", "rest_framework_simplejwt.", "knox.", "dj_rest_auth.", "typing.")


class Found(NamedTuple):
    """One list that may be in force: as written, or its names; neither when it is unknown."""

    source: Source
    where: Place | None = None
    written: Written | None = None
    names: tuple[str, ...] | None = None


class Lists:
    """Finds lists; a getter may answer several, one for each way through its code."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes

    def of_class(
        self,
        kind: ListKind,
        view: Definition,
        answer: Answer,
        given: dict[str, Written],
        settings: Settings | None,
    ) -> list[Found]:
        getter = self._classes.method(view, kind.getter)
        fallback = [self._without_getter(kind, view, answer, given, settings)]
        if getter is None or isinstance(getter.node, ast.ClassDef):
            return fallback
        found: list[Found] = []
        for option in choices.Run(answer.action, answer.method, kind.attribute).options(getter.node):
            if option == choices.CLASS_ATTRIBUTE:
                found += fallback
            elif isinstance(option, ast.expr):
                where = getter.module.place(option)
                found.append(Found(Source.VIEW, where, (getter.module, option)))
            else:
                found.append(Found(Source.VIEW, getter.module.place(getter.node)))
        return found

    def _without_getter(
        self,
        kind: ListKind,
        view: Definition,
        answer: Answer,
        given: dict[str, Written],
        settings: Settings | None,
    ) -> Found:
        if kind.attribute in given:
            module, node = given[kind.attribute]
            return Found(Source.URLCONF, module.place(node), given[kind.attribute])
        if answer.options is not None and answer.code is not None:
            for key in answer.options.keywords:
                if key.arg == kind.attribute:
                    module = answer.code[0]
                    return Found(Source.VIEW, module.place(key.value), (module, key.value))
        return next(self._inherited(kind, view), None) or of_settings(kind, settings)

    def _inherited(self, kind: ListKind, view: Definition) -> Iterator[Found]:
        for above in self._classes.ancestry(view):
            if isinstance(above, str):
                if (above, kind.attribute) in _IN_PACKAGES:
                    yield Found(Source.PACKAGE, names=_IN_PACKAGES[above, kind.attribute])
                elif not above.startswith(_KNOWN) and above != "object":
                    yield Found(Source.INHERITED)
            else:
                value = own_attribute(above, kind.attribute)
                if value is not None:
                    source = Source.VIEW if above.node is view.node else Source.INHERITED
                    yield Found(source, above.module.place(value), (above.module, value))


def own_attribute(definition: Definition, name: str) -> ast.expr | None:
    """The last assignment of a name in the body of this class."""
    found = None
    for statement in definition.node.body if isinstance(definition.node, ast.ClassDef) else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                found = value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                found = value
            case _:
                pass
    return found


def of_settings(kind: ListKind, settings: Settings | None) -> Found:
    if settings is None:
        return Found(Source.SETTINGS)
    value = settings.get("REST_FRAMEWORK", kind.setting)
    if never_set(value):
        return Found(Source.FRAMEWORK, names=kind.default)
    return Found(Source.SETTINGS, value.where, names=known_names(value))
