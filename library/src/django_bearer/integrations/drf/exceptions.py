"""A refusal as REST framework raises one: its exception classes, one text with a code in `detail`, its handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ErrorDetail

from ... import errors
from ...errors import HTTPRefusal
from ...http.challenge import REQUEST_ID, body, headers, note

Handler = Callable[[Exception, Any], Any]


class BearerAPIException(APIException):
    """A refusal as an exception of REST framework's, with the refusal's own status, challenge and time to wait.

    `detail` is one text that has the refusal's code, so that an EXCEPTION_HANDLER reads it as it reads any other.
    """

    def __init__(self, refused: HTTPRefusal) -> None:
        self.refused = refused
        self.request_id = note(refused)
        self.body, self.headers = body(refused), headers(refused)
        said = self.body
        self.detail = ErrorDetail(str(said.get("message", said["error_description"])), code=refused.code)
        self.__cause__ = refused

    @property
    def status_code(self) -> int:
        return self.refused.status

    @status_code.setter
    def status_code(self, value: int) -> None:
        """REST framework writes 403 here where the first authenticator has no challenge; ours has one, and stays."""

    @property
    def auth_header(self) -> str | None:
        return self.headers.get("WWW-Authenticate")

    @auth_header.setter
    def auth_header(self, value: str) -> None:
        """REST framework writes the first authenticator's challenge here; ours says more, and stays."""

    @property
    def wait(self) -> int | None:
        """Seconds, of which REST framework makes Retry-After."""
        return self.refused.retry_after


class BearerNotAuthenticated(BearerAPIException, exceptions.NotAuthenticated):
    """No credential was sent."""


class BearerAuthenticationFailed(BearerAPIException, exceptions.AuthenticationFailed):
    """A credential was sent, and is refused."""


class BearerPermissionDenied(BearerAPIException, exceptions.PermissionDenied):
    """The credential is valid and does not reach."""


class BearerNotFound(BearerAPIException, exceptions.NotFound):
    """There is no such thing, or it is not the caller's."""


class BearerThrottled(BearerAPIException, exceptions.Throttled):
    """Too many attempts."""


_BY_STATUS: dict[int, type[BearerAPIException]] = {
    401: BearerAuthenticationFailed,
    403: BearerPermissionDenied,
    404: BearerNotFound,
    429: BearerThrottled,
}


def as_api_exception(error: HTTPRefusal) -> BearerAPIException:
    """A refusal as the exception that REST framework's own code, and a project's handler, would look for."""
    if isinstance(error, errors.NotAuthenticated):
        return BearerNotAuthenticated(error)
    return _BY_STATUS.get(error.status, BearerAPIException)(error)


def translate_refusals(view: Any) -> None:
    """Let what a public function raises in this view reach its exception handler as an exception of REST framework's.

    Here, and not in the exceptions: they know no framework. `view` is the instance that answers one request.
    """
    found = view.get_exception_handler
    if not isinstance(found, _Translating):
        view.get_exception_handler = _Translating(found)


class _Translating:
    """A view's `get_exception_handler`, whose handler is given refusals as REST framework's exceptions."""

    def __init__(self, found: Callable[[], Handler]) -> None:
        self.found = found

    def __call__(self) -> Handler:
        from rest_framework.views import exception_handler  # which imports our classes while it is loaded

        handler = self.found()

        def handle(error: Exception, context: Any) -> Any:
            raised = as_api_exception(error) if isinstance(error, HTTPRefusal) else error
            response = handler(raised, context)
            if not isinstance(raised, BearerAPIException):
                return response
            if response is None:
                raise raised.refused  # which our middleware answers: the project's handler leaves it to others
            _complete(response, raised, shaped=handler is not exception_handler)
            return response

        return handle


def _complete(response: Any, error: BearerAPIException, shaped: bool) -> None:
    """What every refusal has, in any shape; a project that has no handler of its own gets our one shape.

    What the view wrote is taken back even if the project's handler leaves that to REST framework's.
    """
    if shaped:
        from rest_framework.views import set_rollback

        set_rollback()
    else:  # REST framework's own handler has done so
        response.data = dict(error.body)
    for name, value in {**error.headers, REQUEST_ID: error.request_id}.items():
        response.headers.setdefault(name, value)


@contextmanager
def rollback_kept() -> Iterator[None]:
    """REST framework's handler marks every open transaction for rollback. Outside a view the only one that can be
    open is that of a test, which goes on."""
    before = [(one, one.needs_rollback) for one in connections.all(initialized_only=True) if one.in_atomic_block]
    try:
        yield
    finally:
        for one, needs_rollback in before:
            one.needs_rollback = needs_rollback
