"""What is known of one route and one method: who may enter, and where each answer came from.

These are plain values without syntax trees in their comparison, so that a running project can supply the same
ones from its loaded settings and URL resolver.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.source import Module, Spot

Function = ast.FunctionDef | ast.AsyncFunctionDef
Code = tuple[Module, Function | ast.ClassDef]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Who(StrEnum):
    """Who may enter."""

    EVERYBODY = "everybody"
    USER = "who is logged in"
    CHECKED = "who passes the view's own check"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where an answer came from, nearest first."""

    VIEW = "the view"
    INHERITED = "a base class"
    BODY = "the view's code"
    URLCONF = "the URLconf"
    MIDDLEWARE = "middleware"
    SETTINGS = "the settings"
    PACKAGE = "the package"
    FRAMEWORK = "the framework's default"


class Kind(StrEnum):
    """Which framework answers."""

    REST = "REST framework"
    DJANGO = "Django"
    NINJA = "Ninja"
    GRAPHQL = "GraphQL"
    PACKAGE = "a package"


class Purpose(StrEnum):
    """What a route is for, as far as its path, its name and its code say."""

    LOGIN = "login"
    REFRESH = "refresh"
    REGISTER = "register"
    RESET = "password reset"
    CODE = "one-time code"
    LOGOUT = "logout"
    PUBLIC = "public by nature"
    OTHER = "other"


CREDENTIALS = frozenset({Purpose.LOGIN, Purpose.REFRESH, Purpose.REGISTER, Purpose.RESET, Purpose.CODE})
"""Routes that try a secret, mail one or make accounts: the endpoints that are brute-forced."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer: the dotted names in force (None: unknown) and where they came from."""

    names: tuple[str, ...] | None
    source: Source
    where: Place | None = None

    def __str__(self) -> str:
        if self.names is None:
            return "unknown"
        shown = ", ".join(name.rpartition(".")[2] for name in self.names) or "none"
        place = f" at {self.where}" if self.where else ""
        return f"{shown} ({self.source.value}{place})"


class Handler:
    """The code behind an endpoint, when this tree has it; of a kept endpoint it is looked up when it is asked for."""

    def __init__(self, code: Spot, is_class: bool, view: Spot, name: str, find: Callable[[Spot], Code]) -> None:
        self.code, self.is_class = code, is_class
        """Where the method or function begins that answers; the class, when its base class answers."""
        self.view = view
        """Where the view begins that the route names: one for all its methods."""
        self.name = name
        """The full name of the view class; empty for a function."""
        self._find = find

    @classmethod
    def of(cls, module: Module, node: Function | ast.ClassDef, owner: Definition | None = None) -> Handler:
        code = module.spot(node)
        is_class = isinstance(node, ast.ClassDef)
        if owner is None:
            return cls(code, is_class, code, "", lambda spot: (module, node))
        view = owner.module.spot(owner.node)
        held = {view: (owner.module, owner.node), code: (module, node)}
        return cls(code, is_class, view, owner.name, held.__getitem__)

    @property
    def module(self) -> Module:
        return self._find(self.code)[0]

    @property
    def node(self) -> Function | ast.ClassDef:
        """The method or function that answers; the class when its base class answers."""
        return self._find(self.code)[1]

    @property
    def owner(self) -> Definition | None:
        """The view class the route names."""
        return Definition(*self._find(self.view), self.name) if self.name else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route and one method."""

    path: str
    method: str
    """`ANY` when the view does not tell methods apart."""
    view: str
    kind: Kind
    where: Place
    who: Who
    permission: Fact
    authentication: Fact
    throttle: Fact
    csrf: Fact
    """Names `csrf` when the token is asked for; empty when the view is exempt."""
    purpose: Purpose = Purpose.OTHER
    handler: Handler | None = field(default=None, compare=False, repr=False)

    @property
    def told(self) -> str:
        """How a reader names it: `POST /login/`, or by its view where its route is not known."""
        if self.path == "?":
            return f"{self.view.rpartition('.')[2]} ({self.method}, its route is not known)"
        return f"{self.method} /{self.path.lstrip('/')}"

    @property
    def safe(self) -> bool:
        return self.method in SAFE


NOTHING_KNOWN = Fact(None, Source.VIEW)
