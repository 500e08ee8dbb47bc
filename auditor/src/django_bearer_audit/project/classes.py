"""Class hierarchies across the project and into the frameworks it builds on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.source import Module

_DEPTH = 20
_GENERIC = "rest_framework.generics."
_MIXINS = "rest_framework.mixins."
_VIEWSETS = "rest_framework.viewsets."

# Bases of framework classes that projects inherit from; only what rules ask about.
FRAMEWORK_BASES: dict[str, tuple[str, ...]] = {
    "rest_framework.views.APIView": ("django.views.generic.base.View",),
    "rest_framework.generics.GenericAPIView": ("rest_framework.views.APIView",),
    **{
        f"{_GENERIC}{name}APIView": (
            *(f"{_MIXINS}{verb}ModelMixin" for verb in verbs),
            f"{_GENERIC}GenericAPIView",
        )
        for name, verbs in {
            "Create": ["Create"],
            "List": ["List"],
            "Retrieve": ["Retrieve"],
            "Destroy": ["Destroy"],
            "Update": ["Update"],
            "ListCreate": ["List", "Create"],
            "RetrieveUpdate": ["Retrieve", "Update"],
            "RetrieveDestroy": ["Retrieve", "Destroy"],
            "RetrieveUpdateDestroy": ["Retrieve", "Update", "Destroy"],
        }.items()
    },
    "rest_framework.viewsets.ViewSet": (f"{_VIEWSETS}ViewSetMixin", "rest_framework.views.APIView"),
    "rest_framework.viewsets.GenericViewSet": (
        f"{_VIEWSETS}ViewSetMixin",
        "rest_framework.generics.GenericAPIView",
    ),
    "rest_framework.viewsets.ModelViewSet": (
        *(f"{_MIXINS}{verb}ModelMixin" for verb in ["Create", "Retrieve", "Update", "Destroy", "List"]),
        "rest_framework.viewsets.GenericViewSet",
    ),
    "rest_framework.viewsets.ReadOnlyModelViewSet": (
        f"{_MIXINS}RetrieveModelMixin",
        f"{_MIXINS}ListModelMixin",
        "rest_framework.viewsets.GenericViewSet",
    ),
    "rest_framework.authtoken.views.ObtainAuthToken": ("rest_framework.views.APIView",),
    "rest_framework_simplejwt.views.TokenViewBase": ("rest_framework.generics.GenericAPIView",),
    **{
        f"rest_framework_simplejwt.views.{name}": ("rest_framework_simplejwt.views.TokenViewBase",)
        for name in [
            "TokenObtainPairView",
            "TokenRefreshView",
            "TokenObtainSlidingView",
            "TokenRefreshSlidingView",
            "TokenVerifyView",
            "TokenBlacklistView",
        ]
    },
    **{
        f"knox.views.{name}": ("rest_framework.views.APIView",)
        for name in ("LoginView", "LogoutView", "LogoutAllView")
    },
    **{
        f"dj_rest_auth.views.{name}": ("rest_framework.generics.GenericAPIView",)
        for name in [
            "LoginView",
            "LogoutView",
            "PasswordChangeView",
            "PasswordResetView",
            "PasswordResetConfirmView",
        ]
    },
    "dj_rest_auth.registration.views.RegisterView": ("rest_framework.generics.CreateAPIView",),
    "dj_rest_auth.registration.views.SocialLoginView": ("dj_rest_auth.views.LoginView",),
    **{
        f"django.views.generic.{name}": ("django.views.generic.base.View",)
        for name in [
            "View",
            "TemplateView",
            "FormView",
            "CreateView",
            "UpdateView",
            "DeleteView",
            "ListView",
            "DetailView",
        ]
    },
    "django.views.View": ("django.views.generic.base.View",),
    "django.contrib.auth.models.AbstractUser": ("django.contrib.auth.base_user.AbstractBaseUser",),
    "django.contrib.auth.base_user.AbstractBaseUser": ("django.db.models.Model",),
    "django.contrib.auth.models.AbstractBaseUser": ("django.contrib.auth.base_user.AbstractBaseUser",),
    "rest_framework.serializers.ModelSerializer": ("rest_framework.serializers.Serializer",),
}


class Attribute(NamedTuple):
    """A class attribute and the class in the hierarchy that sets it."""

    value: ast.expr
    owner: Definition


class Classes:
    """Answers what a class inherits."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self.ledger = imports.ledger
        self._ancestry: Held[ast.AST, tuple[Definition | str, ...]] = {}
        self._bodies: dict[ast.AST, dict[str, ast.expr | ast.stmt]] = {}
        self._lines: Held[ast.AST, tuple[tuple[Definition, dict[str, ast.expr | ast.stmt]], ...]] = {}
        self._methods: Held[tuple[ast.AST, str], Definition | None] = {}

    def define(self, module: Module, node: ast.ClassDef) -> Definition:
        name = self._imports.qualname(module, ast.Name(node.name)) or node.name
        return Definition(module, node, name)

    def bases(self, definition: Definition) -> Iterator[Definition | str]:
        """Direct bases: a definition when the project has it, else the dotted name."""
        if not isinstance(definition.node, ast.ClassDef):
            return
        for base in definition.node.bases:
            expression = base.value if isinstance(base, ast.Subscript) else base
            name = self._imports.qualname(definition.module, expression)
            if name:
                yield self._imports.definition(name, definition.module.path) or name

    def ancestry(self, definition: Definition) -> tuple[Definition | str, ...]:
        """The class and everything above it, nearest first (depth first: enough for attribute lookup)."""
        return self.ledger.memo(self._ancestry, definition.node, lambda: tuple(self._climb(definition, set())))

    def _climb(self, definition: Definition, seen: set[ast.AST], depth: int = 0) -> Iterator[Definition | str]:
        seen.add(definition.node)
        yield definition
        if depth > _DEPTH:
            return
        for base in self.bases(definition):
            if isinstance(base, Definition):
                if base.node not in seen:  # two ways up to the same class are as many as the ways below it, together
                    yield from self._climb(base, seen, depth + 1)
            else:
                yield from framework_ancestry(base)

    def is_a(self, definition: Definition, *names: str) -> bool:
        return any((above if isinstance(above, str) else above.name) in names for above in self.ancestry(definition))

    def attribute(self, definition: Definition, name: str) -> Attribute | None:
        """The nearest assignment of `name` in the class bodies of the project's part of the hierarchy."""
        for above, body in self._line(definition):
            value = body.get(name)
            if value is not None and isinstance(value, ast.expr):
                return Attribute(value, above)
        return None

    def _line(self, definition: Definition) -> tuple[tuple[Definition, dict[str, ast.expr | ast.stmt]], ...]:
        """The classes of the project in its ancestry, with what their bodies define."""
        return self.ledger.memo(self._lines, definition.node, lambda: tuple(self._bodies_of(definition)))

    def _bodies_of(self, definition: Definition) -> Iterator[tuple[Definition, dict[str, ast.expr | ast.stmt]]]:
        for above in self.ancestry(definition):
            if isinstance(above, Definition) and isinstance(above.node, ast.ClassDef):
                yield above, self._body(above.node)

    def _body(self, node: ast.ClassDef) -> dict[str, ast.expr | ast.stmt]:
        """What a class body defines itself: the first value of each name, and its methods under `name()`."""
        if node not in self._bodies:
            found: dict[str, ast.expr | ast.stmt] = {}
            for statement in node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        found.setdefault(name, value)
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                        found.setdefault(name, value)
                    case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                        found.setdefault(f"{name}()", statement)
                    case _:
                        pass
            self._bodies[node] = found
        return self._bodies[node]

    def method(self, definition: Definition, name: str) -> Definition | None:
        """The nearest method of that name defined in the project."""
        return self.ledger.memo(self._methods, (definition.node, name), lambda: self._nearest(definition, name))

    def _nearest(self, definition: Definition, name: str) -> Definition | None:
        called = f"{name}()"
        for above, body in self._line(definition):
            found = body.get(called)
            if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
                return Definition(above.module, found, f"{above.name}.{name}")
        return None


def framework_ancestry(name: str) -> Iterator[str]:
    yield name
    for base in FRAMEWORK_BASES.get(name, ()):
        yield from framework_ancestry(base)
