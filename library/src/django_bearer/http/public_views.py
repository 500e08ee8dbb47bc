"""Public views: what a view says about who may enter, read off the view that a request was resolved to.

`public` is ours; Django's `login_not_required` counts too. REST framework sets it on every view of its own, so
that its permissions decide; there it counts only where somebody wrote it on the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from ..errors import ConfigurationError
from .handlers import opens_every_view, operation, own_handler, view_class

_PUBLIC = "django_bearer_public"
_CHECKS = "checks_credentials"
"""The attribute of an endpoint of ours that requires a credential itself. It is for the list of routes only."""
Decorated = TypeVar("Decorated")


def public(view: Decorated) -> Decorated:
    """Decorate a view that needs no token.

        @public
        def health(request): ...

        @public
        class Prices(APIView): ...

        class Notes(ViewSet):
            @public
            def list(self, request): ...

    On a class it applies to that class and not to those derived from it. On a method it applies to the requests that
    call the method, in the class that defines it. On an operation of Ninja it applies to that operation. The view
    still asks for whatever else it asks for. A system check names each `public` that has no effect.

    Args:
        view: A function, a class or a method.

    Returns:
        The same view.

    Raises:
        ConfigurationError: `view` cannot be called, so it is no view.
    """
    if not callable(view):
        raise ConfigurationError("public decorates a function, a class or a method.")
    setattr(view, _PUBLIC, object())  # a new object each time, to tell what was decorated from copies
    return view


def checks_credentials(view: Decorated) -> Decorated:
    """Decorate an endpoint that the middleware lets in and that requires a token or a client's secret itself."""
    setattr(view, _CHECKS, True)
    return view


def has_own_check(view: Any) -> bool:
    """Whether a view is an endpoint that requires a credential itself, so that a list must not call it public."""
    found = view_class(view)
    return getattr(view if found is None else found, _CHECKS, False) is True


def is_public(view: Any, method: str) -> bool:
    """Whether a view function, as a URL was resolved to it, is public for requests of this method."""
    found = view_class(view)
    if found is None:
        return is_marked(view) or getattr(view, "login_required", True) is False or is_marked(operation(view, method))
    if _is_marked_itself(view, found) or is_marked(found) or _opened_by_django(view, found):
        return True
    return is_marked(own_handler(view, found, method))


def is_marked(found: Any) -> bool:
    """Whether `public` decorated exactly this function or class, and none that it is derived from."""
    return public_id(found) is not None


def public_id(found: Any) -> object | None:
    """The object that `public` set on a function or class; copies of a function have the same."""
    return (getattr(found, "__dict__", None) or {}).get(_PUBLIC)


def effective(view: Any, methods: Iterable[str]) -> Iterator[object | None]:
    """The objects of `public` that open a view for one of these methods."""
    found = view_class(view)
    if found is None:
        yield public_id(view)
        yield from (public_id(operation(view, method)) for method in methods)
        return
    if _is_marked_itself(view, found):
        yield public_id(view)
    yield public_id(found)
    yield from (public_id(own_handler(view, found, method)) for method in methods)


def _is_marked_itself(view: Any, found: Any) -> bool:
    """Whether a view function of a class is decorated itself: `as_view()` copies an inherited `dispatch` as well."""
    own = public_id(view)
    return own is not None and ("dispatch" in vars(found) or own is not getattr(found.dispatch, _PUBLIC, None))


def _opened_by_django(view: Any, found: Any) -> bool:
    decorated = found.dispatch if opens_every_view(found) else view
    return getattr(decorated, "login_required", True) is False
