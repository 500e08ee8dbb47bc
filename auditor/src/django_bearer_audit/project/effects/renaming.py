"""What a method does for an object of one class, said of another class."""

from __future__ import annotations

from collections.abc import Iterable

from django_bearer_audit.project.effects.acts import Effect, Returned, Summary
from django_bearer_audit.project.effects.value import Class, Instance, Routine, Rows, Thing, Value
from django_bearer_audit.project.imports import Definition


class _Bound(Exception):
    """A closure holds an object of the class among the names around it."""


def summary_of(summary: Summary, old: Definition, new: Definition) -> Summary | None:
    """A summary with `new` for each `old`; None when a closure in it is bound to an object of `old`."""
    renaming = _Renaming(old, new)
    try:
        effects = renaming.effects(summary.effects)
        returned = tuple([_returned(renaming, each) for each in summary.returned])
        stores = tuple([(name, renaming.value(value)) for name, value in summary.stores])
    except _Bound:
        return None
    return summary._replace(effects=effects, returned=returned, stores=stores) if renaming.found else summary


def effects_of(effects: tuple[Effect, ...], old: Definition, new: Definition) -> tuple[Effect, ...] | None:
    """The same of effects alone."""
    renaming = _Renaming(old, new)
    try:
        renamed = renaming.effects(effects)
    except _Bound:
        return None
    return renamed if renaming.found else effects


def _returned(renaming: _Renaming, each: Returned) -> Returned:
    value = renaming.value(each.value)
    return each if value is each.value else each._replace(value=value)


class _Renaming:
    """What says nothing of the class stays the same object: it is held once for all classes."""

    def __init__(self, old: Definition, new: Definition) -> None:
        self._old, self._new = old.node, new
        self._done: dict[int, Value] = {}
        self.found = False

    def effects(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        return tuple([self._effect(each) for each in effects])

    def _effect(self, effect: Effect) -> Effect:
        value, other = self.value(effect.value), self.value(effect.other)
        if value is effect.value and other is effect.other:
            return effect
        return effect._replace(value=value, other=other)

    def value(self, value: Value) -> Value:
        if value.what is None and not value.items:
            return value
        known = self._done.get(id(value))
        if known is None:
            known = self._done[id(value)] = self._renamed(value)
        return known

    def _renamed(self, value: Value) -> Value:
        what = self._thing(value.what)
        items = tuple([(name, self.value(held)) for name, held in value.items])
        same = what is value.what and all(new[1] is old[1] for new, old in zip(items, value.items, strict=True))
        return value if same else Value(value.sources, value.done, what, items)

    def _thing(self, what: Thing | None) -> Thing | None:
        match what:
            case Instance(definition=definition, fields=fields):
                held = {name: self.value(each) for name, each in fields}
                changed = any(held[name] is not each for name, each in fields)
                if not changed and definition.node is not self._old:
                    return what
                fields = frozenset(held.items()) if changed else fields
                return what._replace(definition=self._of(definition), fields=fields)
            case Routine(owner=owner, this=this, scope=scope):
                if owner is None or owner.node is not self._old:
                    bound = self.value(this) if this is not None else None
                    return what if bound is this else what._replace(this=bound)
                if scope:
                    raise _Bound
                return what._replace(owner=self._of(owner), this=self.value(this) if this is not None else None)
            case Class(definition=definition) if definition.node is self._old:
                return Class(self._of(definition))
            case Rows(definition=definition) if definition is not None and definition.node is self._old:
                raise _Bound
            case _:
                return what

    def _of(self, definition: Definition) -> Definition:
        if definition.node is not self._old:
            return definition
        self.found = True
        return self._new
