"""The user of a request in feed mode: its key is known from the token, and the rest is read when it is first used.

The read is the one of exact mode, so whoever uses a field of the user has asked the database for the session, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.utils.functional import SimpleLazyObject, empty

from ..errors import Failure

Load = Callable[[], Any]
"""Returns the user, or the `Failure` that says why the token is no longer valid."""


EXPRESSIONS = frozenset({"resolve_expression", "as_sql", "get_source_expressions"})
"""What the ORM looks for in every value of a filter, to see whether it is an expression. A user is none."""


class LazyUser(SimpleLazyObject):  # type: ignore[type-arg]
    """Stands for the user. `load` is called once, when a field beyond those `known` is used.

    Where it returns a `Failure`, every use raises its exception, and `refused` keeps it: the response is then
    replaced, whatever the view made of the exception.
    """

    def __init__(self, model: Any, known: dict[str, Any], load: Load) -> None:
        vars(self).update(_model=model, _known=known, _load=load, _refused=None)
        super().__init__(self._loaded)

    @property
    def refused(self) -> Failure | None:
        """Why the user could not be had, or None. Reading it reads nothing else."""
        found: Failure | None = vars(self)["_refused"]
        return found

    def load(self) -> Any:
        """The user itself. Raises the refusal where the token is no longer valid."""
        if self._wrapped is empty:
            self._setup()
        return self._wrapped

    def _loaded(self) -> Any:
        mine = vars(self)
        if mine["_refused"] is None:
            found = mine["_load"]()
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
        return getattr(self.load(), name)

    def __bool__(self) -> bool:
        return True if _is_plainly_true(vars(self)["_model"]) else bool(self.load())

    def __eq__(self, other: object) -> bool:
        if _compares_keys(vars(self)["_model"]) and isinstance(other, Model):
            mine: Any = vars(self)["_model"]._meta.concrete_model
            return bool(mine is other._meta.concrete_model and self.pk == other.pk)
        return bool(self.load() == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.pk) if _compares_keys(vars(self)["_model"]) else hash(self.load())

    def __repr__(self) -> str:
        """Reads nothing and never raises: Django's error page and mail show the variables of each frame."""
        return f"<{type(self).__name__}: {vars(self)['_model'].__name__}>"

    # LazyObject answers with the class of the user, which is known without reading it.
    __class__ = property(lambda self: vars(self)["_model"])


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
