"""One activation of a function while it is interpreted: its names, and what it has done so far."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import Act, Effect, Returned
from django_bearer_audit.project.effects.value import NOTHING, Value, either
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.source import Module

MOST_EFFECTS = 120
Facts = frozenset[tuple[Place, bool]]


@dataclass(slots=True)
class Shared:
    """What all paths through one activation write into."""

    effects: dict[Effect, None] = field(default_factory=dict)
    returned: list[Returned] = field(default_factory=list)
    stores: dict[str, Value] = field(default_factory=dict)
    whole: bool = True


@dataclass(slots=True)
class Frame:
    """Names and known outcomes on one path; what is done goes into `shared`."""

    module: Module
    function: ast.AST
    owner: Definition | None = None
    """The class that the object of a method has."""
    names: dict[str, Value] = field(default_factory=dict)
    outer: Frame | None = None
    shared: Shared = field(default_factory=Shared)
    given: Facts = frozenset()
    ended: bool = False
    inner: int = 0
    """How many closures deep the interpreter is."""

    def place(self, node: ast.AST) -> Place:
        start: int = getattr(node, "lineno", 1)
        return Place(self.module.path, start, getattr(node, "end_lineno", None) or start)

    def fork(self, facts: Facts = frozenset()) -> Frame:
        """A path that begins here."""
        return Frame(
            self.module,
            self.function,
            self.owner,
            dict(self.names),
            self.outer,
            self.shared,
            self.given | facts,
            False,
            self.inner,
        )

    def join(self, paths: Iterable[Frame]) -> None:
        """Go on where these paths meet; those that have ended do not."""
        alive = [path for path in paths if not path.ended]
        if not alive:
            self.ended = True
            return
        first, *others = alive
        self.names, self.given = first.names, first.given
        for other in others:
            for name, value in other.names.items():
                mine = self.names.get(name)
                if mine is not value:
                    self.names[name] = value if mine is None else either(mine, value)
            self.given &= other.given

    def lookup(self, name: str) -> Value | None:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        return None

    def does(
        self,
        act: Act,
        node: ast.AST,
        by: str = "",
        value: Value = NOTHING,
        other: Value = NOTHING,
        name: str = "",
    ) -> None:
        self.add(Effect(act, self.place(node), by, value, other, name, (), self.given))

    def add(self, effect: Effect) -> bool:
        """Whether there was room for it; there is none for another one then."""
        shared = self.shared
        if len(shared.effects) >= MOST_EFFECTS:
            shared.whole = False
            return False
        shared.effects[effect] = None
        return True
