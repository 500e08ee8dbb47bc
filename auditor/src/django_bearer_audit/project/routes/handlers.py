"""The methods a view answers and the code behind each: own methods, generic ones, actions of viewsets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Function
from django_bearer_audit.project.source import Module

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VIEWSET = "rest_framework.viewsets.ViewSetMixin"
_GENERIC = "rest_framework.generics."
_MIXIN_ACTIONS = {
    "rest_framework.mixins.ListModelMixin": ("list",),
    "rest_framework.mixins.CreateModelMixin": ("create",),
    "rest_framework.mixins.RetrieveModelMixin": ("retrieve",),
    "rest_framework.mixins.UpdateModelMixin": ("update", "partial_update"),
    "rest_framework.mixins.DestroyModelMixin": ("destroy",),
}
ACTION_METHOD = {
    "list": "GET",
    "create": "POST",
    "retrieve": "GET",
    "update": "PUT",
    "partial_update": "PATCH",
    "destroy": "DELETE",
}
_DETAIL = frozenset({"retrieve", "update", "partial_update", "destroy"})
_PACKAGE_POSTS = (
    *(f"rest_framework_simplejwt.views.{name}" for name in ("TokenViewBase", "TokenBlacklistView")),
    "rest_framework.authtoken.views.ObtainAuthToken",
    *(f"knox.views.{name}" for name in ("LoginView", "LogoutView", "LogoutAllView")),
    *(
        f"dj_rest_auth.views.{name}"
        for name in ("LoginView", "LogoutView", "PasswordChangeView", "PasswordResetView", "PasswordResetConfirmView")
    ),
    "dj_rest_auth.registration.views.RegisterView",
)
"""Views of packages that projects derive from without writing a method: `post` is the package's."""
_OFFERED = {
    **dict.fromkeys(_PACKAGE_POSTS, ("POST",)),
    f"{_GENERIC}CreateAPIView": ("POST",),
    f"{_GENERIC}ListAPIView": ("GET",),
    f"{_GENERIC}RetrieveAPIView": ("GET",),
    f"{_GENERIC}DestroyAPIView": ("DELETE",),
    f"{_GENERIC}UpdateAPIView": ("PUT", "PATCH"),
    f"{_GENERIC}ListCreateAPIView": ("GET", "POST"),
    f"{_GENERIC}RetrieveUpdateAPIView": ("GET", "PUT", "PATCH"),
    f"{_GENERIC}RetrieveDestroyAPIView": ("GET", "DELETE"),
    f"{_GENERIC}RetrieveUpdateDestroyAPIView": ("GET", "PUT", "PATCH", "DELETE"),
    **{
        f"django.views.generic.{module}{name}": methods
        for module in ("", "edit.", "list.", "detail.", "base.")
        for name, methods in {
            "CreateView": ("GET", "POST"),
            "UpdateView": ("GET", "POST"),
            "DeleteView": ("GET", "POST"),
            "FormView": ("GET", "POST"),
            "ListView": ("GET",),
            "DetailView": ("GET",),
            "TemplateView": ("GET",),
        }.items()
    },
}


class Answer(NamedTuple):
    """One method of a view."""

    method: str
    action: str
    """The action of a viewset; otherwise the method in small letters."""
    suffix: str = ""
    """What a router appends to the path."""
    code: tuple[Module, Function] | None = None
    """None when a base class of the framework answers."""
    options: ast.Call | None = None
    """The `@action(…)` of it, with its own permission_classes."""


class Handlers:
    """Lists the answers of view classes."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes

    def is_viewset(self, view: Definition) -> bool:
        return self._classes.is_a(view, VIEWSET)

    def of_class(self, view: Definition) -> Iterator[Answer]:
        """A class view answers the methods it has, and those its generic base has."""
        above = {each for each in self._classes.ancestry(view) if isinstance(each, str)}
        offered = {method for name in above for method in _OFFERED.get(name, ())}
        for method in METHODS:
            own = self._code(view, method.lower())
            if own is not None or method in offered:
                yield Answer(method, method.lower(), code=own)

    def of_actions(self, view: Definition, actions: dict[str, str]) -> Iterator[Answer]:
        """`as_view({"get": "list"})`."""
        for method, action in actions.items():
            yield Answer(method, action, code=self._code(view, action), options=self._options(view, action))

    def of_router(self, view: Definition) -> Iterator[Answer]:
        """A registered viewset answers the standard actions it has, and its extra ones."""
        above = {each for each in self._classes.ancestry(view) if isinstance(each, str)}
        offered = {action for name in above for action in _MIXIN_ACTIONS.get(name, ())}
        for action, method in ACTION_METHOD.items():
            own = self._code(view, action)
            if own is not None or action in offered:
                yield Answer(method, action, "<pk>/" if action in _DETAIL else "", own)
        yield from self._extra(view)

    def _extra(self, view: Definition) -> Iterator[Answer]:
        seen: set[str] = set()
        for above in self._classes.ancestry(view):
            if not isinstance(above, Definition) or not isinstance(above.node, ast.ClassDef):
                continue
            for node in above.node.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in seen:
                    seen.add(node.name)
                    yield from self._of_extra(view, above.module, node)

    def _of_extra(self, view: Definition, module: Module, node: Function) -> Iterator[Answer]:
        for decorator in node.decorator_list:
            match decorator:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in {
                    "action",
                    "detail_route",
                    "list_route",
                }:
                    path = _keyword_text(decorator, "url_path") or node.name
                    detail = name == "detail_route" or _is_true(decorator, "detail")
                    for method in _methods(decorator):
                        suffix = f"{'<pk>/' if detail else ''}{path}/"
                        yield Answer(method, node.name, suffix, (module, node), decorator)
                case ast.Attribute(value=ast.Attribute(value=ast.Name(id=first), attr="mapping"), attr=method):
                    options = self._options(view, first)
                    yield Answer(method.upper(), node.name, f"{first}/", (module, node), options)
                case _:
                    pass

    def _options(self, view: Definition, action: str) -> ast.Call | None:
        found = self._classes.method(view, action)
        for decorator in found.node.decorator_list if found is not None else ():
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "action":
                return decorator
        return None

    def _code(self, view: Definition, name: str) -> tuple[Module, Function] | None:
        found = self._classes.method(view, name)
        if found is None or isinstance(found.node, ast.ClassDef):
            return None
        return found.module, found.node


def _methods(decorator: ast.Call) -> tuple[str, ...]:
    """The methods an extra action answers: GET when it does not say."""
    given = next((key.value for key in decorator.keywords if key.arg == "methods"), None)
    if given is None and decorator.args:
        given = decorator.args[0]
    if not isinstance(given, ast.List | ast.Tuple):
        return ("GET",)
    return tuple(
        each.value.upper() for each in given.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _keyword_text(call: ast.Call, name: str) -> str | None:
    for key in call.keywords:
        if key.arg == name and isinstance(key.value, ast.Constant) and isinstance(key.value.value, str):
            return key.value.value
    return None


def _is_true(call: ast.Call, name: str) -> bool:
    return any(
        key.arg == name and isinstance(key.value, ast.Constant) and key.value.value is True for key in call.keywords
    )
