"""Public views: what a view says about who may enter, read off the view that a request was resolved to.

`public` is ours; Django's `login_not_required` counts too. REST framework sets Django's mark on every view of its
own, to step aside for its permissions; there only a mark that somebody wrote on the class counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from ..errors import ConfigurationError
from .handlers import is_rest_framework, operation, own_handler, view_class

_PUBLIC = "django_bearer_public"
Decorated = TypeVar("Decorated")


def public(view: Decorated) -> Decorated:
    """Mark a view that whoever has no token may enter too.

        @public
        def health(request): ...

        @public
        class Prices(APIView): ...

        class Notes(ViewSet):
            @public
            def list(self, request): ...

    On a class it holds for that class and not for those derived from it; on a method for the request that calls it,
    in the class that writes the method and not in those that inherit it. On an operation of Ninja's it holds for that
    operation. A system check names marks that have no effect.
    The view goes on to ask for whatever else it asks for. Raises `ConfigurationError` for what is no view.
    """
    if not callable(view):
        raise ConfigurationError("public marks a function, a class or a method.")
    setattr(view, _PUBLIC, object())  # one of its own for each mark, to tell copies from marks
    return view


def is_public(view: Any, method: str) -> bool:
    """Whether a view function, as a URL was resolved to it, is marked public for requests of this method."""
    found = view_class(view)
    if found is None:
        return is_marked(view) or getattr(view, "login_required", True) is False or is_marked(operation(view, method))
    if _is_marked_itself(view, found) or is_marked(found) or _opened_by_django(view, found):
        return True
    return is_marked(own_handler(view, found, method))


def is_marked(found: Any) -> bool:
    """Whether `public` marked exactly this function or class, and none that it is derived from."""
    return mark(found) is not None


def mark(found: Any) -> object | None:
    """The mark that a function or class carries; copies of a function carry the same."""
    return (getattr(found, "__dict__", None) or {}).get(_PUBLIC)


def effective(view: Any, methods: Iterable[str]) -> Iterator[object | None]:
    """The marks that open a view for one of these methods."""
    found = view_class(view)
    if found is None:
        yield mark(view)
        yield from (mark(operation(view, method)) for method in methods)
        return
    if _is_marked_itself(view, found):
        yield mark(view)
    yield mark(found)
    yield from (mark(own_handler(view, found, method)) for method in methods)


def _is_marked_itself(view: Any, found: Any) -> bool:
    """Whether a view function of a class is marked, and not by what `as_view()` copied of an inherited `dispatch`."""
    own = mark(view)
    return own is not None and ("dispatch" in vars(found) or own is not getattr(found.dispatch, _PUBLIC, None))


def _opened_by_django(view: Any, found: Any) -> bool:
    marked = found.dispatch if is_rest_framework(found) else view
    return getattr(marked, "login_required", True) is False
