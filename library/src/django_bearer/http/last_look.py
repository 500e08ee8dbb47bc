"""The last look before a view runs: a middleware may choose the tenant in `process_view`, after ours has decided.

Django calls `process_view` from the first middleware to the last, so ours cannot be the last one. What Django makes
of a view for its transaction is called after all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

from ..errors import ConfigurationError

Look = Callable[[], HttpResponseBase | None]
"""Returns the answer that stands in for the view, or None to let the view run."""
_LOOK = "_django_bearer_last_look"
_PATCHED = "make_view_atomic"


def is_needed(middleware: Sequence[str], ours: type) -> bool:
    """Whether a middleware below `ours` may choose something in `process_view`: Django's own choose nothing."""
    found = [import_string(path) for path in middleware]
    places = [number for number, one in enumerate(found) if isinstance(one, type) and issubclass(one, ours)]
    return any(map(_may_choose, found[places[0] + 1 :] if places else found))


def _may_choose(found: Any) -> bool:
    if str(getattr(found, "__module__", "")).startswith(("django.", "django_bearer.")):
        return False
    return not isinstance(found, type) or hasattr(found, "process_view")


def put_in_place() -> None:
    """Let every handler of this process take the look that a request asks for. Done once.

    Raises `ConfigurationError` for a Django that runs its views in another way.
    """
    made = getattr(BaseHandler, _PATCHED, None)
    if made is None:
        raise ConfigurationError("this version of Django is not supported: nothing can be decided after process_view")
    if not hasattr(made, _LOOK):
        setattr(BaseHandler, _PATCHED, _looking(made))


def ask_for(request: HttpRequest, look: Look) -> None:
    """Have `look` called once, after every `process_view` and before the view and its transaction."""
    setattr(request, _LOOK, look)


def _looking(make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def make_view_atomic(self: Any, view: Any) -> Any:
        return _with_look(make(self, view))

    setattr(make_view_atomic, _LOOK, True)
    return make_view_atomic


def _with_look(view: Any) -> Any:
    if iscoroutinefunction(view):

        async def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            look = _taken(request)
            answer = None if look is None else await sync_to_async(look)()
            return await view(request, *args, **kwargs) if answer is None else answer

        return waiting

    def looked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        look = _taken(request)
        answer = None if look is None else look()
        return view(request, *args, **kwargs) if answer is None else answer

    return looked


def _taken(request: HttpRequest) -> Look | None:
    look: Look | None = request.__dict__.pop(_LOOK, None)
    return look
