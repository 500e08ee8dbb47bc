"""The user of a request in feed mode: its key is known from the token, and the rest is read when it is first used.

The read is the one of exact mode, so whoever uses a field of the user has asked the database for the session, too.
Methods that are awaited read in a thread. Whatever else code on an event loop uses, the loop waits for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error as DatabaseError
from django.db.models import Model
from django.utils.functional import LazyObject, SimpleLazyObject, empty

from ..database import aliases, from_event_loop
from ..errors import Failure, TemporarilyUnavailable

logger = logging.getLogger("django_bearer.debug")
Load = Callable[[], Any]
"""Returns the user, or the `Failure` that says why the token is no longer valid."""


EXPRESSIONS = frozenset({"resolve_expression", "as_sql", "get_source_expressions"})
"""What the ORM looks for in every value of a filter, to see whether it is an expression. A user is none."""


class LazyUser(SimpleLazyObject):  # type: ignore[type-arg]
    """Stands for the user. `load` is called once, when a field beyond those `known` is used.

    Where it returns a `Failure`, every use raises its exception, and `refused` keeps it: the response is then
    replaced, whatever the view made of the exception.
    """

    def __init__(self, model: Any, known: dict[str, Any], load: Load, using: str) -> None:
        vars(self).update(_model=model, _known=known, _load=load, _using=using, _refused=None)
        super().__init__(self._read)

    def _read(self) -> Any:
        mine = vars(self)
        if mine["_refused"] is None:
            found = _loaded(mine["_load"], mine["_using"])
            if not isinstance(found, Failure):
                return found
            mine["_refused"] = found
        raise mine["_refused"].exception()

    def __getattr__(self, name: str) -> Any:
        mine = vars(self)
        if name in mine["_known"] and self._wrapped is empty:
            return mine["_known"][name]
        if name in EXPRESSIONS and not hasattr(mine["_model"], name):
            raise AttributeError(name)
        if self._wrapped is empty and iscoroutinefunction(getattr(mine["_model"], name, None)):
            return _awaited(self, name)
        return getattr(settled(self), name)

    def __bool__(self) -> bool:
        return True if _is_plainly_true(vars(self)["_model"]) else bool(settled(self))

    def __eq__(self, other: object) -> bool:
        if _compares_keys(vars(self)["_model"]) and isinstance(other, Model):
            mine: Any = vars(self)["_model"]._meta.concrete_model
            return bool(mine is other._meta.concrete_model and self.pk == other.pk)
        return bool(settled(self) == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.pk) if _compares_keys(vars(self)["_model"]) else hash(settled(self))

    def __repr__(self) -> str:
        """Reads nothing and never raises: Django's error page and mail show the variables of each frame."""
        return f"<{type(self).__name__}: {vars(self)['_model'].__name__}>"

    # LazyObject answers with the class of the user, which is known without reading it.
    __class__ = property(lambda self: vars(self)["_model"])


def is_lazy(user: Any) -> bool:
    """Whether a user is one whose session was accepted by the feed."""
    return type(user) is LazyUser


def settled(user: Any) -> Any:
    """The user itself, where `user` stands for one: the database is asked now. Anything else is returned as it is.

    Django's AuthenticationMiddleware wraps it once more as `request.user`. Raises the refusal where the token is no
    longer valid.
    """
    while issubclass(type(user), LazyObject):
        if user._wrapped is empty:
            user._setup()
        user = user._wrapped
    return user


async def asettled(user: Any) -> Any:
    """`settled` for async code, in a thread where something is to be read."""
    read = type(user) is LazyUser and user._wrapped is empty
    return await sync_to_async(settled)(user) if read else settled(user)


def refusal_of(user: Any) -> Failure | None:
    """Why a user that was to be read could not be had, or None. Asking this reads nothing."""
    found: Failure | None = vars(user)["_refused"] if type(user) is LazyUser else None
    return found


def _awaited(user: LazyUser, name: str) -> Any:
    """A method of the user's that is awaited, as for a permission: the user is read once it is."""

    @wraps(getattr(vars(user)["_model"], name))
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await getattr(await asettled(user), name)(*args, **kwargs)

    return call


def _loaded(load: Load, using: str) -> Any:
    """What `load` returns. Where a failed statement has ended the view's transaction, another connection reads."""
    if from_event_loop.runs_here():
        return _on_event_loop(load, using)
    try:
        return load()
    except DatabaseError:
        if not aliases.in_transaction(using):
            raise
    return _elsewhere(load, using)


_told = False


def _on_event_loop(load: Load, using: str) -> Any:
    """What `load` returns, for code that cannot await it. The log says so once, and where."""
    global _told
    if not _told:
        _told = True
        logger.warning(
            "A field of request.user was used on an event loop, which waited for the database. In async code, use"
            " `user = await request.auser()` first.",
            stack_info=True,
        )
    return _elsewhere(load, using)


def _elsewhere(load: Load, using: str) -> Any:
    try:
        return from_event_loop.wait_for(load, using)
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))


def known_fields(model: Any, name: str, text: str) -> dict[str, Any]:
    """What is known of an authenticated user without reading it, when the column `name` is written like this.

    Raises Django's `ValidationError` for a text that the column cannot hold.
    """
    field, always = _always_known(model, name)
    value = field.to_python(text)
    known = {**always, field.attname: value}
    return {**known, "pk": value} if field.primary_key else known


@lru_cache(maxsize=16)
def _always_known(model: Any, name: str) -> tuple[Any, dict[str, Any]]:
    """The column, and what is the same for every user."""
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    known = {"_meta": model._meta}
    if field.primary_key:
        known["_is_pk_set"] = lambda: True  # which the ORM asks of a row in a filter
    for flag, answer in (("is_authenticated", True), ("is_anonymous", False)):
        if getattr(model, flag, None) is getattr(AbstractBaseUser, flag):
            known[flag] = answer
    return field, known


@lru_cache(maxsize=16)
def _is_plainly_true(model: Any) -> bool:
    return not any(hasattr(model, name) for name in ("__bool__", "__len__"))


def _compares_keys(model: Any) -> bool:
    """Whether users are compared as Django compares rows: by their keys."""
    return model.__eq__ is Model.__eq__ and model.__hash__ is Model.__hash__
