"""Joins what a view, its decorators, its lists, middleware and its own code say into one endpoint."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from django_bearer_audit.finding import Place
from django_bearer_audit.project.classes import Classes
from django_bearer_audit.project.imports import Definition, Imports
from django_bearer_audit.project.routes.authenticators import refuses_strangers
from django_bearer_audit.project.routes.code import Code
from django_bearer_audit.project.routes.decorators import Decorators, Stack
from django_bearer_audit.project.routes.facts import Endpoint, Fact, Function, Handler, Kind, Source, Who
from django_bearer_audit.project.routes.lists import (
    AUTHENTICATION,
    PERMISSION,
    THROTTLE,
    Found,
    ListKind,
    Lists,
    of_settings,
    own_attribute,
)
from django_bearer_audit.project.routes.middleware import SiteWide
from django_bearer_audit.project.routes.names import Written
from django_bearer_audit.project.routes.permissions import Asked, Permissions
from django_bearer_audit.project.routes.public import CLOSED_UNLESS_PUBLIC, PUBLIC, Public
from django_bearer_audit.project.routes.seen import Seen, handler_of, own_name
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.source import Module

_BESIDE = (
    "dispatch",
    "initial",
    "initialize_request",
    "check_permissions",
    "setup",
    "get_queryset",
    "get_object",
    "test_func",
    "has_permission",
    "perform_create",
    "perform_update",
    "perform_destroy",
    "form_valid",
    "http_method_not_allowed",
)
_MIXINS = re.compile(
    r"(Login|Auth|Authenticated|Authentication|Permissions?|Staff|Superuser|Admin|UserPassesTest|Roles?|Token|Groups?|Perm|Access)"
    r"\w*(Required|Mixin|View)$"
)
_DJANGO_BASES = ("django.", "object", "typing.")


class Judge:
    """Judges endpoints of REST framework and of plain Django."""

    def __init__(
        self,
        imports: Imports,
        classes: Classes,
        code: Code,
        decorators: Decorators,
        permissions: Permissions,
        settings_for: Callable[[str], Settings | None],
        site_wide: Callable[[Settings | None], SiteWide],
    ) -> None:
        self._imports, self._classes, self._code = imports, classes, code
        self._decorators, self._permissions = decorators, permissions
        self._settings_for, self._site_wide = settings_for, site_wide
        self._lists = Lists(classes)
        self._public = Public(imports)

    # -- REST framework ------------------------------------------------------------

    def rest(self, seen: Seen, view: Definition) -> Endpoint:
        settings = self._settings_for(view.module.path)
        stack = self.stack(seen, view)
        asked = Asked(seen.answer.method, self._one_object(seen, view))
        who, permission = self._permission(self._found(PERMISSION, seen, view, stack, settings), asked)
        authentication = self._names(self._found(AUTHENTICATION, seen, view, stack, settings))
        throttle = self._scoped(self._names(self._found(THROTTLE, seen, view, stack, settings)), view)
        wide = self._site_wide(settings)
        cookie = authentication.names is None or any("Session" in name for name in authentication.names)
        csrf = Fact(("csrf",) if cookie else (), authentication.source, authentication.where)
        refusing = refuses_strangers(authentication.names, view.module.path, self._imports, self._classes)
        if who is Who.EVERYBODY and refusing:
            who = Who.CHECKED
            permission = Fact((refusing,), authentication.source, authentication.where)
        who, permission = self._narrowed(who, permission, seen, view, stack, wide, rest=True)
        return self._endpoint(
            seen, view, Kind.REST, who, permission, authentication, self._limited(throttle, stack, wide), csrf
        )

    def default_throttle(self, path: str) -> Fact:
        """What REST framework applies to a package's view."""
        settings = self._settings_for(path)
        wide = self._site_wide(settings).throttle
        fact = self._names([of_settings(THROTTLE, settings)])
        return wide if wide is not None and not fact.names else fact

    def _found(
        self, kind: ListKind, seen: Seen, view: Definition, stack: Stack, settings: Settings | None
    ) -> list[Found]:
        if isinstance(view.node, ast.ClassDef):
            return self._lists.of_class(kind, view, seen.answer, seen.target.given, settings)
        if kind.attribute in stack.classes:
            module, node = stack.classes[kind.attribute]
            return [Found(Source.VIEW, module.place(node), (module, node))]
        return [of_settings(kind, settings)]

    def _one_object(self, seen: Seen, view: Definition) -> bool:
        """Whether the code fetches one object the way that asks the permissions about it."""
        if seen.answer.code is None:
            return seen.answer.action not in {"list", "create", "get", "post"} or "<" in seen.path
        return any(
            isinstance(call.func, ast.Attribute) and call.func.attr in {"get_object", "check_object_permissions"}
            for _, piece in self._code.reached(*seen.answer.code, view)
            for call in self._code.calls(piece)
        )

    def _permission(self, found: list[Found], asked: Asked) -> tuple[Who, Fact]:
        judged = [self._who(each, asked) for each in found]
        who = judged[0] if len(set(judged)) == 1 else Who.UNKNOWN
        return who, self._names(found)

    def _who(self, found: Found, asked: Asked) -> Who:
        if found.written is not None:
            return self._permissions.of_list(*found.written, asked)[0]
        if found.names is None:
            return Who.UNKNOWN
        return self._permissions.of_names(found.names, found.where.path if found.where else "", asked)

    def _names(self, found: list[Found]) -> Fact:
        first = found[0]
        told: tuple[str, ...] | None = first.names
        if first.written is not None:
            told = self._permissions.of_list(*first.written, Asked("POST"))[1]
        return Fact(told if len(found) == 1 else None, first.source, first.where)

    def _scoped(self, fact: Fact, view: Definition) -> Fact:
        """ScopedRateThrottle lets everything through on a view without a scope."""
        if not fact.names or any(not name.endswith("ScopedRateThrottle") for name in fact.names):
            return fact
        scoped = any(
            own_attribute(above, "throttle_scope") is not None
            for above in self._classes.ancestry(view)
            if isinstance(above, Definition)
        )
        return fact if scoped else Fact((), fact.source, fact.where)

    # -- plain Django ------------------------------------------------------------

    def django(self, seen: Seen, view: Definition) -> Endpoint:
        stack = self.stack(seen, view)
        wide = self._site_wide(self._settings_for(view.module.path))
        who, permission = Who.EVERYBODY, Fact((), Source.FRAMEWORK)
        if isinstance(view.node, ast.ClassDef):
            who, permission = self._mixins(view)
        who, permission = self._narrowed(who, permission, seen, view, stack, wide, rest=False)
        csrf = Fact((), Source.VIEW, stack.csrf_exempt) if stack.csrf_exempt else wide.csrf
        throttle = self._limited(Fact((), Source.FRAMEWORK), stack, wide)
        session = Fact(("django.contrib.sessions",), Source.FRAMEWORK)
        return self._endpoint(seen, view, Kind.DJANGO, who, permission, session, throttle, csrf)

    def _mixins(self, view: Definition) -> tuple[Who, Fact]:
        for above in self._classes.ancestry(view):
            name = above if isinstance(above, str) else above.name
            last = name.rpartition(".")[2]
            if name.startswith("django.contrib.auth.views."):  # logins and resets are open by nature
                continue
            if isinstance(above, str) and _MIXINS.search(last) and not name.startswith("django.views."):
                who = Who.USER if last == "LoginRequiredMixin" else Who.CHECKED
                return who, Fact((name,), Source.INHERITED, view.module.place(view.node))
        unknown = [
            above
            for above in self._classes.ancestry(view)
            if isinstance(above, str) and not above.startswith(_DJANGO_BASES)
        ]
        if unknown:
            return Who.UNKNOWN, Fact(None, Source.INHERITED)
        return Who.EVERYBODY, Fact((), Source.FRAMEWORK)

    # -- both ------------------------------------------------------------

    def stack(self, seen: Seen, view: Definition) -> Stack:
        """Decorators from the URLconf inwards: on the class, on dispatch, on the method or function."""
        written: list[Written] = list(seen.target.wrappers)
        if isinstance(view.node, ast.ClassDef):
            for above in self._classes.ancestry(view):
                if isinstance(above, Definition):
                    written += [(above.module, d) for d in above.node.decorator_list if self._reaches(d, seen)]
            dispatch = self._classes.method(view, "dispatch")
            if dispatch is not None:
                written += [(dispatch.module, d) for d in dispatch.node.decorator_list]
            if seen.answer.code is not None:
                module, node = seen.answer.code
                written += [(module, d) for d in node.decorator_list if not _only_on_functions(d)]
        else:
            written += [(view.module, d) for d in view.node.decorator_list]
        return self._decorators.read(written)

    def _reaches(self, decorator: ast.expr, seen: Seen) -> bool:
        """`@method_decorator(f, name="post")` decorates one method only."""
        for key in decorator.keywords if isinstance(decorator, ast.Call) else []:
            if key.arg == "name" and isinstance(key.value, ast.Constant):
                return key.value.value in {"dispatch", seen.answer.action, seen.answer.method.lower()}
        return True

    def _narrowed(
        self,
        who: Who,
        permission: Fact,
        seen: Seen,
        view: Definition,
        stack: Stack,
        wide: SiteWide,
        *,
        rest: bool,
    ) -> tuple[Who, Fact]:
        public = self._public.place(seen, view, self._settings_for(view.module.path), wide.who_name, rest=rest)
        if public and permission.names and set(permission.names) <= CLOSED_UNLESS_PUBLIC:
            who, permission = Who.EVERYBODY, Fact((PUBLIC,), Source.VIEW, public)
        if who in {Who.USER, Who.CHECKED}:
            return who, permission
        if stack.who is not None:
            return stack.who, Fact(tuple(stack.names), Source.VIEW, stack.where)
        if wide.who is not None and (wide.rest_too or not rest):
            if public is None:
                return wide.who, Fact((wide.who_name,), Source.MIDDLEWARE, wide.where)
            if who is Who.EVERYBODY:
                permission = Fact((PUBLIC,), Source.VIEW, public)
        if who is Who.EVERYBODY:
            for module, piece in self.pieces(handler_of(seen, view)):
                if self._code.asks(piece):
                    return Who.CHECKED, Fact((piece.name,), Source.BODY, module.place(piece))
        return who, permission

    def _limited(self, fact: Fact, stack: Stack, wide: SiteWide) -> Fact:
        if fact.names != ():
            return fact
        if stack.throttle is not None:
            return Fact((stack.throttle,), Source.VIEW, stack.throttle_where)
        if wide.throttle is not None:
            return wide.throttle
        return fact

    def limited_by_code(self, endpoint: Endpoint) -> Fact:
        """The view's own count of attempts, asked only where one is due."""
        handler = endpoint.handler
        if endpoint.throttle.names != () or handler is None:
            return endpoint.throttle
        for module, piece in self.pieces(handler):
            if self._code.limits(piece):
                return Fact((piece.name,), Source.BODY, module.place(piece))
        return endpoint.throttle

    def pieces(self, handler: Handler) -> Iterator[tuple[Module, Function]]:
        """All code that runs for the endpoint, as far as the tree has it."""
        owner = handler.owner
        if not isinstance(handler.node, ast.ClassDef):
            yield from self._code.reached(handler.module, handler.node, owner)
        for name in _BESIDE if owner is not None else ():
            found = self._classes.method(owner, name) if owner is not None else None
            if found is not None and not isinstance(found.node, ast.ClassDef):
                yield from self._code.reached(found.module, found.node, owner, depth=1)

    def _endpoint(
        self,
        seen: Seen,
        view: Definition,
        kind: Kind,
        who: Who,
        permission: Fact,
        authentication: Fact,
        throttle: Fact,
        csrf: Fact,
    ) -> Endpoint:
        handler = handler_of(seen, view)
        own = own_name(view, seen.answer)
        return Endpoint(
            seen.path,
            seen.answer.method,
            own,
            kind,
            Place(handler.module.path, handler.node.lineno, handler.node.lineno),
            who,
            permission,
            authentication,
            throttle,
            csrf,
            handler=handler,
        )


def _only_on_functions(decorator: ast.expr) -> bool:
    """They do nothing on a method of a class: only function views have the attributes they set."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"permission_classes", "authentication_classes", "throttle_classes", "csrf_exempt"}
