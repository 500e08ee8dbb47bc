"""Strawberry: a permission class for fields, in Django's views and over Channels, and refusals that leak nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import strawberry
from django.http import HttpRequest
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.permission import BasePermission
from strawberry.schema_directive import Location

from ..accounts.lazy_user import settled
from ..accounts.login_strength import LoginRequirement, requirement, unmet
from ..accounts.principal import Principal
from ..errors import Failure, HTTPRefusal, InsufficientScope, NotAuthenticated
from ..http import authentication, challenge
from ..http.audience import audience_of
from ..primitives import clock

REQUEST_ID = "request_id"
__all__ = ["BearerErrors", "BearerPermission", "bearer_permission"]


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="bearer")
class _Bearer:
    """In the text of the schema: the field requires a token with these scopes."""

    scopes: list[str]


class BearerPermission(BasePermission):
    """Let a field be resolved only for a valid token. For `permission_classes` of fields and subscriptions.

        @strawberry.field(permission_classes=[BearerPermission])
        def notes(self, info: strawberry.Info) -> list[str]: ...

    In Django's views `info.context.request.auth` is the `Principal`. Over Channels, behind `BearerSocketMiddleware`,
    it is `info.context["request"].scope["auth"]`. A Django session is not asked. `bearer_permission` makes one that
    asks for more.

    Everybody else gets an error whose `extensions` say `code` and `error` as a refusal does elsewhere. An error is
    given also where the field is to fail silently.
    """

    scopes: tuple[str, ...] = ()
    login: LoginRequirement | None = None
    schema_directive = property(lambda self: _Bearer(scopes=list(self.scopes)))

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        """Raise unless the request has a token that suffices, for Strawberry to call.

        Args:
            source: What the field belongs to.
            info: Where the request is found.
            **kwargs: The arguments of the field.

        Returns:
            True.

        Raises:
            GraphQLError: No valid token was sent, or it does not suffice.
        """
        outcome = self._judged(_principal(info.context))
        if isinstance(outcome, Failure):
            raise _as_graphql(outcome.exception())
        return True

    def _judged(self, found: Principal | Failure) -> Principal | Failure:
        if isinstance(found, Failure):
            return found
        if not found.has_scopes(*self.scopes):
            return Failure(InsufficientScope, f"the token lacks one of the scopes {' '.join(self.scopes)}")
        if self.login is None:
            return found
        try:
            settled(found.user)  # the database is asked, also in feed mode
        except HTTPRefusal as refused:
            return Failure(type(refused), str(refused))
        failure = unmet(self.login, found)
        return found if failure is None else failure


def bearer_permission(
    scopes: Iterable[str] = (), *, max_age: int | None = None, acr: str | Iterable[str] | None = None
) -> type[BearerPermission]:
    """Return a permission class that asks a token for scopes, and the login behind it for age or strength.

        @strawberry.mutation(permission_classes=[bearer_permission(["notes:write"])])
        async def add(self, info: strawberry.Info, text: str) -> str: ...

    Args:
        scopes: The scopes that the token must have.
        max_age: The age that the login behind the token may have, in seconds. None means any. Where it or `acr` is
            named, the database is asked whether the token is still valid, also in feed mode.
        acr: The strength that the login must have, or a list of strengths of which any suffices. None means any.

    Returns:
        A subclass of `BearerPermission`.

    Raises:
        ConfigurationError: `max_age` is no number of seconds, or `acr` is empty.

    Source:
        RFC 6750 section 3.1 (insufficient_scope), RFC 9470 section 3 (step-up).
    """
    asked = None if max_age is None and acr is None else requirement(max_age, acr)
    members = {"scopes": tuple(scopes), "login": asked, "__doc__": BearerPermission.__doc__}
    return type("BearerPermission", (BearerPermission,), members)


class BearerErrors(SchemaExtension):
    """Answer the refusals that our functions raise in a resolver, such as `RateLimited`, with code and description.

        schema = strawberry.Schema(query=Query, extensions=[BearerErrors])

    Without it GraphQL sends the text of the exception, which is for the developer.
    """

    def on_operation(self) -> Iterator[None]:
        """Run an operation, and put what may be told in the place of each refusal. For Strawberry to call.

        Returns:
            A generator: the operation runs where it yields.
        """
        yield
        _hide_in(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Do the same before each result of a subscription is sent. For Strawberry to call.

        Args:
            result: One result.

        Returns:
            A generator: the result is sent where it yields.
        """
        _hide_in(result)
        yield


def _hide_in(result: Any) -> None:
    """Put what may be told in the place of each refusal in a result, and in the parts of one that comes in parts."""
    parts = [result, getattr(result, "initial_result", None)]
    parts += [*(getattr(result, "incremental", None) or ()), *(getattr(result, "completed", None) or ())]
    for error in (error for part in parts for error in getattr(part, "errors", None) or ()):
        refused = error.original_error
        if isinstance(refused, HTTPRefusal) and REQUEST_ID not in (error.extensions or {}):
            told = _as_graphql(refused)
            error.message, error.extensions = told.message, told.extensions


def _as_graphql(refused: HTTPRefusal) -> GraphQLError:
    """What the caller is told: the same as elsewhere, and the request id that stands in the debug log."""
    further = {**refused.members, **refused.challenge_members}
    if refused.retry_after is not None:
        further["retry_after"] = refused.retry_after
    told = {**further, "error": refused.error, "code": refused.code, REQUEST_ID: challenge.note(refused)}
    return GraphQLError(str(refused.description), extensions=told)


def _principal(context: Any) -> Principal | Failure:
    """The principal of what a context of Strawberry's holds: Django's request, or a consumer of Channels."""
    request = context.get("request") if isinstance(context, dict) else getattr(context, "request", None)
    if isinstance(request, HttpRequest):
        match = request.resolver_match
        return authentication.require_principal(request, audience=None if match is None else audience_of(match.func))
    found = getattr(request, "scope", {}).get("auth")
    if not isinstance(found, Principal):
        return Failure(NotAuthenticated, "the context has no request of Django's, and no socket that has a token")
    return replace(found, checked_at=clock.now())  # a socket may have been open for a while
