"""The arguments of one call, as values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.project.effects.value import NOTHING, Value


class Arguments(NamedTuple):
    """Given by place and by name; `rest` is what came in with `*` and `**`."""

    placed: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None

    def get(self, place: int, *names: str) -> Value:
        for name, value in self.named:
            if name in names:
                return value
        if 0 <= place < len(self.placed):
            return self.placed[place]
        if self.rest is not None:
            return next((found for name in names if (found := self.rest.entry(name)) is not None), self.rest)
        return NOTHING

    def named_only(self, *names: str) -> Value:
        return self.get(-1, *names)

    def all(self) -> Iterator[Value]:
        yield from self.placed
        yield from (value for _, value in self.named)
        if self.rest is not None:
            yield self.rest

    def bound(self, arguments: ast.arguments, this: Value | None) -> dict[str, Value]:
        """Parameter → what is given for it."""
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        placed = list(self.placed) if this is None else [this, *self.placed]
        found = dict(zip(names, placed, strict=False))
        known = {*names, *(each.arg for each in arguments.kwonlyargs)}
        extra = []
        for name, value in self.named:
            if name in known:
                found[name] = value
            else:
                extra.append((name, value))
        if arguments.vararg is not None:
            more = placed[len(names) :]
            found[arguments.vararg.arg] = _gathered([(str(n), v) for n, v in enumerate(more)], self.rest)
        if arguments.kwarg is not None:
            found[arguments.kwarg.arg] = _gathered(extra, self.rest)
        if self.rest is not None:
            for name in known - set(found):
                held = self.rest.entry(name)
                found[name] = held if held is not None else self.rest.plain()
        return found


def _gathered(items: list[tuple[str, Value]], rest: Value | None) -> Value:
    if not items and rest is not None:
        return rest
    sources = frozenset(source for _, value in items for source in value.sources)
    done = frozenset(each for _, value in items for each in value.done)
    return Value(sources, done, None, tuple(items))
