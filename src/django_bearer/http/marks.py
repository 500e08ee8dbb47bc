"""Marks: what a view says of itself about who may enter, read off the view that a request was resolved to.

`public` is ours; Django's `login_not_required` counts too. REST framework sets Django's mark on every view of its
own, to step aside for its permissions; there only a mark that somebody wrote on the class counts.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..errors import ConfigurationError

_PUBLIC = "django_bearer_public"
Marked = TypeVar("Marked")


def public(view: Marked) -> Marked:
    """Mark a view that whoever has no token may enter too.

        @public
        def health(request): ...

        @public
        class Prices(APIView): ...

        class Notes(ViewSet):
            @public
            def list(self, request): ...

    On a class it holds for that class and not for those derived from it; on a method for the request that calls it.
    The view goes on to ask for whatever else it asks for. Raises `ConfigurationError` for what is no view.
    """
    if not callable(view):
        raise ConfigurationError("public marks a function, a class or a method.")
    setattr(view, _PUBLIC, True)
    return view


def is_public(view: Any, method: str) -> bool:
    """Whether a view function, as a URL was resolved to it, is marked public for requests of this method."""
    if _PUBLIC in getattr(view, "__dict__", ()):
        return True
    found = view_class(view)
    if found is None:
        return getattr(view, "login_required", True) is False
    if _PUBLIC in vars(found) or _opened_by_django(view, found):
        return True
    return hasattr(_handler(view, found, method), _PUBLIC)


def view_class(view: Any) -> Any:
    """The class behind a view function of `as_view()`, or None."""
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def is_rest_framework(found: Any) -> bool:
    """Whether a class is a view of REST framework's, told without importing it."""
    return hasattr(found, "permission_classes") and hasattr(found, "initialize_request")


def _opened_by_django(view: Any, found: Any) -> bool:
    marked = found.dispatch if is_rest_framework(found) else view
    return getattr(marked, "login_required", True) is False


def _handler(view: Any, found: Any, method: str) -> Any:
    """The method that answers, for a view class or for a view set, which names its actions."""
    name = method.lower()
    actions = getattr(view, "actions", None) or {}
    name = actions.get(name) or (actions.get("get") if name == "head" else None) or name
    if name == "head" and not hasattr(found, "head"):
        name = "get"
    return getattr(found, name, None)
