"""What a function does for the arguments of one call: its parameters replaced by what is given for them."""

from __future__ import annotations

from collections.abc import Mapping

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import Effect
from django_bearer_audit.project.effects.frame import Facts
from django_bearer_audit.project.effects.objects import Objects
from django_bearer_audit.project.effects.value import (
    NOTHING,
    Instance,
    Kind,
    Literal,
    Parameter,
    Routine,
    Source,
    Value,
    mixed,
)

Given = Mapping[str, Value]


class Substitution:
    """Replaces the parameters of one call."""

    def __init__(self, objects: Objects, given: Given, where: Place) -> None:
        self._objects, self._given, self._where = objects, given, where
        self._done: dict[Value, Value] = {}
        self._ways: dict[tuple[Place, ...], tuple[Place, ...]] = {}
        self._given_checks: dict[Facts, Facts] = {}

    def value(self, value: Value) -> Value:
        """What says nothing of a parameter stays the same object: it is held once for all calls."""
        if not value.sources and value.what is None and not value.items:
            return value
        known = self._done.get(value)
        if known is None:
            known = self._done[value] = self._replaced(value)
        return known

    def effect(self, effect: Effect, given: Facts) -> Effect:
        """It happens where the call is reached, after these checks."""
        act, where, by, value, other, name, through, before = effect
        return Effect(
            act,
            where,
            by,
            self.value(value),
            self.value(other),
            name,
            self._way(through),
            self._checks(before, given) if given else before,
        )

    def _way(self, through: tuple[Place, ...]) -> tuple[Place, ...]:
        known = self._ways.get(through)
        if known is None:
            known = self._ways[through] = (self._where, *through[:5])
        return known

    def _checks(self, before: Facts, given: Facts) -> Facts:
        known = self._given_checks.get(before)
        if known is None:
            known = self._given_checks[before] = before | given if before else given
        return known

    def _replaced(self, value: Value) -> Value:
        what = value.what
        if isinstance(what, Parameter) and len(value.sources) <= 1 and not value.done:
            return self._of(what.name, what.steps)
        open_ = any(source.kind is Kind.PARAMETER for source in value.sources)
        if isinstance(what, Parameter):
            what = self._of(what.name, what.steps).what
        elif isinstance(what, Routine) and what.this is not None:
            this = self.value(what.this)
            what = what if this is what.this else what._replace(this=this)
        elif isinstance(what, Instance):
            what = self._object(what)
        items = tuple([(key, self.value(held)) for key, held in value.items]) if value.items else ()
        done = value.done
        if any(source.kind is Kind.PARAMETER for each in done for source in each.of):
            done = frozenset([each._replace(of=self._sources(each.of).sources) for each in done])
        if open_:
            found = self._sources(value.sources)
            return Value(found.sources, done | found.done, what, items)
        same = what is value.what and done is value.done
        if same and all(new[1] is old[1] for new, old in zip(items, value.items, strict=True)):
            return value
        return Value(value.sources, done, what, items)

    def _object(self, what: Instance) -> Instance:
        """With the fields that it came in with, and those that were set since."""
        fields = {name: self.value(held) for name, held in what.fields}
        if not what.of and all(fields[name] is held for name, held in what.fields):
            return what
        given = self._given.get(what.of, NOTHING).what if what.of else None
        if isinstance(given, Instance):
            return given._replace(fields=frozenset((dict(given.fields) | fields).items()))
        return what._replace(fields=frozenset(fields.items()), of="" if what.of in self._given else what.of)

    def _sources(self, sources: frozenset[Source]) -> Value:
        open_ = [source for source in sources if source.kind is Kind.PARAMETER]
        if not open_:
            return Value(sources)
        found = mixed(self._of(source.name, source.steps) for source in open_)
        return Value(sources - set(open_) | found.sources, found.done)

    def _of(self, name: str, steps: tuple[str, ...]) -> Value:
        held = self._given.get(name)
        if held is None:  # a default that says nothing
            return Value(frozenset({Source(Kind.UNKNOWN, name, self._where)}))
        return self._objects.follow(held, tuple(map(self._step, steps)), self._where) if steps else held

    def _step(self, step: str) -> str:
        """An item whose key is a parameter, too."""
        if not step.startswith("[$"):
            return step
        key = self._given.get(step[2:-1], NOTHING).what
        if isinstance(key, Parameter) and not key.steps:
            return f"[${key.name}]"
        return f"[{key.value!s}]" if isinstance(key, Literal) else "[?]"
