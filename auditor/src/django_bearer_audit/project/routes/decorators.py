"""What a stack of decorators does to a view: our table for known ones, their own code for the project's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.ledger import Held
from django_bearer_audit.project.routes.checks import asks_who
from django_bearer_audit.project.routes.code import Code
from django_bearer_audit.project.routes.facts import Who
from django_bearer_audit.project.routes.names import Written
from django_bearer_audit.project.source import Module

_GUARDS = re.compile(
    r"(login|auth|permission|permissions|staff|superuser|admin|role|token|bearer|jwt|scope|api_?key|perm|access|user|2fa|otp|sudo)"
    r"\w*_?(required|protected|only|check|guard)$|^require_?(login|auth|perm|token|role|scope|api_?key|user|staff|admin|signature)"
    r"|authenticated|authorize|protected_resource|^has_(perm|role|scope|access)|user_passes_test|signature|verif|validate_(token|hook|request)"
    r"|allowed_(users|roles|groups)|group_required|unauthenticated_user|bearer_required|passes_test",
    re.I,
)
_THROTTLES = re.compile(r"rate_?limit|throttl|axes_dispatch|watch_login|brake|limit_(requests|rate)", re.I)
_REST = {"permission_classes", "authentication_classes", "throttle_classes"}
_HARMLESS = re.compile(
    r"^(api_view|action|detail_route|list_route|route|renderer_classes|parser_classes|schema|extend_schema(_view)?|swagger_auto_schema"
    r"|require_(http_methods|GET|POST|safe)|never_cache|cache_page|cache_control|vary_on_\w+|csrf_exempt|csrf_protect|ensure_csrf_cookie"
    r"|requires_csrf_token|sensitive_\w+|atomic|non_atomic_requests|xframe_options_\w+|method_decorator|wraps|conditional_page|gzip_page"
    r"|staticmethod|classmethod|property|cached_property|override|condition|etag|last_modified|login_not_required|public|document\w*"
    r"|no_append_slash|xss_protect\w*|csp\w*|sync_to_async|async_to_sync|swagger\w*|openapi\w*|doc\w*|display|admin_display)$"
)
_METHODS = {"require_POST": ("POST",), "require_GET": ("GET",), "require_safe": ("GET", "HEAD")}


@dataclass(slots=True)
class Stack:
    """What all decorators of one view do together."""

    who: Who | None = None
    """None: they do not restrict."""
    where: Place | None = None
    names: list[str] = field(default_factory=list)
    csrf_exempt: Place | None = None
    throttle: str | None = None
    throttle_where: Place | None = None
    methods: tuple[str, ...] | None = None
    rest: bool = False
    classes: dict[str, Written] = field(default_factory=dict)
    """`permission_classes` and its siblings → the list they were given."""
    swallowed: list[Written] = field(default_factory=list)
    """REST framework's decorators written above `@api_view`, where they do nothing."""


class Decorators:
    """Reads stacks, innermost decorator last as written."""

    def __init__(self, imports: Imports, code: Code) -> None:
        self._imports, self._code = imports, code
        self._judged: Held[ast.AST, tuple[Who | None, bool]] = {}

    def read(self, written: list[Written]) -> Stack:
        stack = Stack()
        for module, node in reversed(list(unwrapped(written))):
            self._apply(stack, module, node)
        return stack

    def name(self, module: Module, node: ast.expr) -> str:
        function = node.func if isinstance(node, ast.Call) else node
        return self._imports.qualname(module, function) or ""

    def _apply(self, stack: Stack, module: Module, node: ast.expr) -> None:
        qualname = self.name(module, node)
        last = qualname.rpartition(".")[2]
        arguments = node.args if isinstance(node, ast.Call) else []
        if last in _REST:
            if arguments and not stack.rest:
                stack.classes[last] = (module, arguments[0])
            elif arguments:
                stack.swallowed.append((module, node))
        elif last == "api_view":
            stack.rest, stack.methods = True, _strings(arguments) or ("GET",)
        elif last in _METHODS or last == "require_http_methods":
            stack.methods = stack.methods or _METHODS.get(last) or _strings(arguments)
        elif ".mapping." in qualname:  # `@favourites.mapping.put` of a viewset's action
            pass
        elif last == "csrf_exempt":
            stack.csrf_exempt = module.place(node)
        else:
            self._judge(stack, module, node, qualname)

    def _judge(self, stack: Stack, module: Module, node: ast.expr, qualname: str) -> None:
        last = qualname.rpartition(".")[2]
        found = self._imports.definition(qualname, module.path) if qualname else None
        if found is None:
            who, throttles = _by_name(last)
        else:
            who, throttles = self._imports.ledger.memo(self._judged, found.node, partial(self._own, found))
        if throttles and stack.throttle is None:
            stack.throttle, stack.throttle_where = qualname, module.place(node)
        if who is not None and stack.who is not Who.USER:
            stack.who, stack.where = who, module.place(node)
            stack.names.append(qualname or "a computed decorator")

    def _own(self, found: Definition) -> tuple[Who | None, bool]:
        """A decorator of the project does what its code does."""
        if isinstance(found.node, ast.ClassDef):
            return (Who.CHECKED if asks_who(found.node) else Who.UNKNOWN), False
        pieces = list(self._code.reached(found.module, found.node, None))
        throttles = any(_THROTTLES.search(piece.name) or self._code.limits(piece) for _, piece in pieces)
        return (Who.CHECKED if any(self._code.asks(piece) for _, piece in pieces) else None), throttles


def unwrapped(written: list[Written]) -> Iterator[Written]:
    """`method_decorator([a, b], name="dispatch")` is a and b."""
    for module, node in written:
        match node:
            case ast.Call(func=function, args=[inner, *_]) if _last(function) == "method_decorator":
                several = inner.elts if isinstance(inner, ast.List | ast.Tuple) else [inner]
                yield from ((module, each) for each in several)
            case _:
                yield module, node


def _by_name(last: str) -> tuple[Who | None, bool]:
    if _THROTTLES.search(last):
        return None, True
    if last in {"login_required", "permission_required", "staff_member_required", "bearer_required"}:
        return Who.USER, False
    if _HARMLESS.match(last):
        return None, False
    return (Who.CHECKED if _GUARDS.search(last) else Who.UNKNOWN), False


def _strings(nodes: list[ast.expr]) -> tuple[str, ...] | None:
    if not nodes or not isinstance(nodes[0], ast.List | ast.Tuple | ast.Set):
        return None
    found = [n.value.upper() for n in nodes[0].elts if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return tuple(found) or None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
