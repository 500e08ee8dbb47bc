"""What a view is made of: the functions, classes and objects behind the callable that a URL is resolved to.

Decorators, `partial`, bound methods and `as_view()` hide what answers. Python keeps it in closures, so it is found
there, whether or not a wrapper copied any attribute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from types import CodeType, FunctionType, MemberDescriptorType, MethodType
from typing import Any

MOST = 20_000
"""Parts of one view; no view comes near."""
MOST_TOGETHER = 1_000
"""Members of one list or mapping; a larger one holds data, and no views."""
_PLAIN = (str, bytes, int, float, type(None))


class TooManyParts(Exception):
    """A view of more than `MOST` parts: what it is made of is not known."""


def is_a(found: Any, kinds: type | tuple[type, ...]) -> bool:
    """`isinstance`, which asks no lazy object what it is: that would make it."""
    return issubclass(type(found), kinds)


def parts(view: Any) -> Iterator[Any]:
    """Everything that a view is made of, itself first and what is nearest before what is further inside.

    Functions and their closures, bound methods and their objects, partials, instances that are called, and classes of
    views with their members. Modules, globals and the attributes of other objects are not looked into. Raises
    `TooManyParts`.
    """
    waiting, seen = deque([view]), {}
    while waiting:
        found = waiting.popleft()
        if id(found) in seen:
            continue
        seen[id(found)] = found  # kept, so that no id is used again while this runs
        if len(seen) > MOST:
            raise TooManyParts
        yield found
        waiting += [each for each in _inside(found) if not is_a(each, _PLAIN)]


def nested_code(code: CodeType) -> Iterator[CodeType]:
    """The code of every function that a function's own code defines."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested_code(constant)


def cells(function: FunctionType) -> Iterator[Any]:
    """What a function closes over."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue


def _inside(found: Any) -> Iterator[Any]:
    if is_a(found, FunctionType):
        yield from (*cells(found), *(found.__defaults__ or ()), *(found.__kwdefaults__ or {}).values())
        yield found.__dict__.get("__wrapped__")
    elif is_a(found, MethodType):
        yield from (found.__func__, found.__self__)
    elif is_a(found, partial):
        yield from (found.func, *found.args, *found.keywords.values())
    elif is_a(found, type):
        if hasattr(found, "as_view") or hasattr(found, "dispatch"):
            yield from (_plainly(value) for each in found.__mro__[:-1] for value in vars(each).values())
    elif is_a(found, (dict, list, tuple, set, frozenset)):
        if len(found) <= MOST_TOGETHER:
            yield from found.values() if is_a(found, dict) else found
    elif callable(found):
        yield from (*getattr(found, "__dict__", {}).values(), *_slots(found), type(found).__call__)


def _slots(found: Any) -> Iterator[Any]:
    """What an instance holds in `__slots__`, read past whatever the class makes of attributes."""
    for slot in [value for each in type(found).__mro__ for value in vars(each).values()]:
        if is_a(slot, MemberDescriptorType):
            try:
                yield slot.__get__(found)
            except AttributeError:  # not set yet
                continue


def _plainly(member: Any) -> Any:
    """The function behind what a class makes of it."""
    if is_a(member, (staticmethod, classmethod)):
        return member.__func__
    return member.fget if is_a(member, property) else member
