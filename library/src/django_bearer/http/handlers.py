"""Which function answers a request: behind `as_view()`, a view set, REST framework's `@api_view`, or Ninja."""

from __future__ import annotations

import sys
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from .view_parts import cells, is_a, nested_code

MOST_WRAPPERS = 100


def view_class(view: Any) -> Any:
    """The class behind a view function of `as_view()`, or None."""
    found = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return found if isinstance(found, type) else None


def is_rest_framework(found: Any) -> bool:
    """Whether a class is a view of REST framework's, told without importing it."""
    return _is_of(found, _REST_FRAMEWORK)


def opens_every_view(found: Any) -> bool:
    """Whether a class is of a framework that keeps Django's LoginRequiredMiddleware from each of its views.

    It marks them as Django's `login_not_required` does. That says that the framework checks what a view asks for, and
    not that the view is for everybody: one that asks for nothing has the mark, too.
    """
    return _is_of(found, (*_REST_FRAMEWORK, ("dmr.controller", "Controller")))


_REST_FRAMEWORK = (("rest_framework.views", "APIView"), ("rest_framework.viewsets", "ViewSetMixin"))


def _is_of(found: Any, bases: tuple[tuple[str, str], ...]) -> bool:
    return any(issubclass(found, getattr(sys.modules[name], base)) for name, base in bases if name in sys.modules)


def own_handler(view: Any, found: Any, method: str) -> Any:
    """The method of a class that answers, where the class itself and none of its bases defines it; else None.

    A view set names its actions. `@api_view` makes a class around a function, which is then the answer.
    """
    name = _name(view, found, method)
    handler = vars(found).get(name)
    return _below_api_view(handler) or handler


def operation(view: Any, method: str) -> Any:
    """The function that Ninja calls for a request of this method, or None for what is no view of Ninja's."""
    found = path_view(view)
    operations = getattr(found, "operations", None) or ()
    return next((each.view_func for each in operations if method in each.methods), None)


def path_view(view: Any) -> Any:
    """Ninja's object for one path and all its operations, or None."""
    module = sys.modules.get("ninja.operation")
    if module is None:
        return None
    if is_a(view, MethodType) and is_a(view.__self__, module.PathView):
        return view.__self__
    if not is_a(view, FunctionType) or view.__code__ not in nested_code(module.PathView.get_view.__code__):
        return None
    return next((cell for cell in cells(view) if is_a(cell, module.PathView)), None)


def name_of(view: Any) -> str:
    """What answers, in words: the function or class that the project wrote, with a view set's actions."""
    found = view_class(view)
    if found is not None:
        actions = sorted(set((getattr(view, "actions", None) or {}).values()))
        return _dotted(found) + (f" ({', '.join(actions)})" if actions else "")
    operations = getattr(path_view(view), "operations", None)
    if operations:
        return ", ".join(dict.fromkeys(_dotted(each.view_func) for each in operations))
    return _dotted(_innermost(view))


def _innermost(view: Any) -> Any:
    """The function that decorators stand before, as far as they say."""
    for _ in range(MOST_WRAPPERS):
        if is_a(view, partial):
            view = view.func
        elif hasattr(view, "__wrapped__") and not is_a(view, MethodType):
            view = view.__wrapped__
        else:
            break
    return view_class(view) or view


def _dotted(found: Any) -> str:
    """A bound method is named after the class of its object, which a project writes; `@api_view` names its class."""
    if is_a(found, MethodType):
        owner = found.__self__ if isinstance(found.__self__, type) else type(found.__self__)
        return f"{owner.__module__}.{owner.__qualname__}.{found.__name__}"
    name = getattr(found, "__qualname__", type(found).__qualname__)
    return f"{found.__module__}.{found.__name__ if name == 'WrappedAPIView' else name}"


def _name(view: Any, found: Any, method: str) -> str:
    name = method.lower()
    actions = getattr(view, "actions", None) or {}
    name = actions.get(name) or (actions.get("get") if name == "head" else None) or name
    return "get" if name == "head" and not hasattr(found, "head") else name


def _below_api_view(handler: Any) -> Any:
    module = sys.modules.get("rest_framework.decorators")
    if module is None or not is_a(handler, FunctionType):
        return None
    if handler.__code__ not in nested_code(module.api_view.__code__):
        return None
    return dict(zip(handler.__code__.co_freevars, cells(handler), strict=False)).get("func")
