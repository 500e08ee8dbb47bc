"""The endpoints as a router: the very views of `django_bearer.urls`, and what an OpenAPI document says of them.

Ninja runs nothing of an operation here: it would parse a body before our view looks at the transport, and hold
Django's marks, such as the one that keeps ATOMIC_REQUESTS away, from the view.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.operation import PathView
from ninja.security import HttpBasicAuth

from ... import conf, errors
from ...endpoints.login import MAX_FIELD, MAX_NAME
from . import shapes
from .authentication import BearerAuth
from .operations import EVERYWHERE, OPERATIONS, Operation, Takes
from .routes import ROUTES

_FORM = "application/x-www-form-urlencoded"


def bearer_router(*, login: bool = True) -> Router:
    """Return the endpoints as a router, for an API of Django Ninja.

        api = BearerAPI()
        api.add_router("/auth", bearer_router())

    The views are those of `django_bearer.urls`. Nothing that is given to the API, or where the router is added,
    changes who may enter them. The OpenAPI document says what each reads, answers and refuses.

    Args:
        login: Whether the endpoint `login/` is among them. False for a project with a login of its own.

    Returns:
        A new `Router`.
    """
    router = Router()
    for route in ROUTES:
        if login or route.name != "login":
            router.path_operations[route.path] = _endpoint(*route)
    return router


class _Endpoint(PathView):
    """A path whose view is not Ninja's."""

    def __init__(self, view: Callable[..., Any]) -> None:
        super().__init__()
        self.view = view

    def clone(self) -> PathView:
        """What Ninja adds to an API in the place of this."""
        cloned = _Endpoint(self.view)
        cloned.url_name, cloned.operations = self.url_name, [each.clone() for each in self.operations]
        for copy, each in zip(cloned.operations, self.operations, strict=True):
            copy.openapi_extra = each.openapi_extra  # Ninja copies it into a plain dictionary
        return cloned

    def get_view(self) -> Callable[..., Any]:
        return self.view


class _ClientSecret(HttpBasicAuth):
    """A client and its secret (RFC 6749 section 2.3.1), for the document."""

    def authenticate(self, request: HttpRequest, username: str, password: str) -> None:
        return None


_ClientSecret.__name__ = "BearerClient"  # as the document names it
_SCHEMES: dict[Takes, tuple[type, ...]] = {
    Takes.NOTHING: (),
    Takes.TOKEN: (BearerAuth,),
    Takes.PERHAPS: (BearerAuth,),
    Takes.CLIENT: (_ClientSecret,),
    Takes.ASKING: (_ClientSecret, BearerAuth),
}
_MAY_BE_LEFT_OUT = (Takes.PERHAPS, Takes.CLIENT, Takes.ASKING)


def _endpoint(path: str, view: Callable[..., HttpResponse], name: str) -> PathView:
    endpoint = _Endpoint(view)
    captured = [one.partition(":")[2].rstrip("}/") for one in path.split("{")[1:]]
    for operation in OPERATIONS.get(name, (Operation("POST", 204),)):
        endpoint.add_operation(
            path,
            [operation.method],
            _described(view, name, captured),
            auth=[scheme() for scheme in _SCHEMES[operation.takes]] or None,
            response=_responses(operation),
            operation_id=f"bearer_{operation.method}_{name}".replace("-", "_").lower(),
            summary=name.replace("-", " ").capitalize(),
            url_name=name,
            include_in_schema=name in OPERATIONS,
            openapi_extra=_extra(operation),
        )
    return endpoint


def _described(view: Callable[..., HttpResponse], name: str, captured: list[str]) -> Callable[..., HttpResponse]:
    """A function with the parameters that Ninja wants to see."""

    def operation(request: HttpRequest, **found: Any) -> HttpResponse:
        return view(request, **found)

    kinds = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD)]
    kinds += [Parameter(one, Parameter.KEYWORD_ONLY, annotation=UUID) for one in captured]
    operation.__signature__ = Signature(kinds)  # type: ignore[attr-defined]
    operation.__name__ = name.replace("-", "_")
    operation.__doc__ = None
    return operation


def _refusals(operation: Operation) -> dict[int, list[str]]:
    """The codes of an operation's refusals by their status."""
    statuses = {
        found.code: found.status
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.HTTPRefusal)
    }
    found: dict[int, list[str]] = {}
    for code in sorted({*EVERYWHERE.split(), *operation.refusals.split()}):
        found.setdefault(statuses[code], []).append(code)
    return dict(sorted(found.items()))


def _responses(operation: Operation) -> dict[int, Any]:
    return {operation.status: operation.answer, **dict.fromkeys(_refusals(operation), shapes.BearerRefusal)}


def _extra(operation: Operation) -> dict[str, Any]:
    """What Ninja cannot tell from the function: the body, the codes, and that a credential may be left out."""
    told = {
        status: {"description": "The code is one of: " + ", ".join(codes)}
        for status, codes in _refusals(operation).items()
    }
    found: dict[str, Any] = {"responses": told}
    if operation.body is not None:
        body = {"schema": shapes.schema(operation.body)}
        kinds = ("application/json", _FORM) if operation.form else ("application/json",)
        found["requestBody"] = {
            "required": operation.body is not shapes.Logout,
            "content": dict.fromkeys(kinds, body),
        }
    if operation.takes in _MAY_BE_LEFT_OUT:
        found["security"] = [{}]
    return _LoginExtra(found) if operation.body is shapes.Login else found


class _LoginExtra(dict[str, Any]):
    """A login's, with the names that the project's user and settings give the fields when the document is made.

    Not before: a URLconf may be loaded before the settings of a test are in force.
    """

    def __getitem__(self, key: str) -> Any:
        found = super().__getitem__(key)
        if key != "requestBody":
            return found
        own = {one: {"type": "string", "maxLength": MAX_FIELD} for one in conf.current().login_fields}
        user = str(get_user_model().USERNAME_FIELD)
        body = shapes.schema(shapes.Login)
        body["properties"] = {**own, user: {"type": "string", "maxLength": MAX_NAME}, **body["properties"]}
        body["required"] = [user, *body["required"]]
        return {**found, "content": {"application/json": {"schema": body}}}
