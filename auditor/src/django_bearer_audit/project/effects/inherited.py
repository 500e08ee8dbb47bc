"""What inherited methods do, found out once for all classes whose answers to their questions are the same.

A method that a hundred views inherit does the same for each of them, as long as their classes answer alike what the
method asks of them: which method is `self.get_queryset`, what does `self.permission_classes` hold? So the questions
are written down with their answers while a method is run for an object of one class. Another class that gives the
same answers gets the same result, with its own name in it.

What is read to answer belongs to the class that was asked, and not to the method: when the file of one class changes,
what was found out for the others still stands.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

from django_bearer_audit.project.classes import Attribute, Classes
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.ledger import Reads
from django_bearer_audit.project.source import Module

Found = TypeVar("Found")
Told = TypeVar("Told", bound=Hashable)
Question = tuple[Any, ...]
"""The name of one of the methods below, and what it is asked."""
Rename = Callable[[Found, Definition, Definition], Found | None]
"""A result for another class; None when it cannot be said."""

_ITSELF: Question = ("itself",)
_MOST_UNUSED = 24
"""Results of one method that are kept while no other class answers alike: each class is a case of its own then."""


class Asked:
    """What was asked of the class of the object that some code runs for, and what was read to answer."""

    __slots__ = ("answers", "owner", "reads")

    def __init__(self, owner: Definition | None) -> None:
        self.owner = owner
        self.answers: dict[Question, Hashable] = {}
        self.reads = Reads()

    def is_of(self, node: ast.AST) -> bool:
        return self.owner is not None and self.owner.node is node


class Kept(NamedTuple, Generic[Found]):
    """A result with all that it rests on."""

    found: Found
    asked: Asked
    reads: Reads


Results = dict[tuple[Hashable, ast.AST | None], Kept[Found]]
"""By what was run and the class whose object it was run for."""


class Step:
    """A question that was asked for every class up to now, and how it went on for each answer."""

    __slots__ = ("branches", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.branches: dict[Hashable, Step | Kept[Any]] = {}


class Inherited:
    """Answers about classes as `Classes` does, and knows what it answered for what."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._ledger = classes.ledger
        self._now = Asked(None)
        self._first: dict[Hashable, Step | Kept[Any]] = {}
        self._unused: Counter[Hashable] = Counter()
        """How many results were kept since one was of use to another class."""

    # -- questions about a class ------------------------------------------------------------

    def method(self, definition: Definition, name: str) -> Definition | None:
        """The nearest method of that name defined in the project."""
        if not self._now.is_of(definition.node):
            return self._classes.method(definition, name)
        found: Definition | None = self._ask(definition, ("method", name))
        return found

    def attribute(self, definition: Definition, name: str) -> Attribute | None:
        """The nearest assignment of `name` in a class body of the project's part of the hierarchy."""
        if not self._now.is_of(definition.node):
            return self._classes.attribute(definition, name)
        found: Attribute | None = self._ask(definition, ("attribute", name))
        return found

    def outside(self, definition: Definition) -> tuple[str, ...]:
        """The classes of frameworks above it, by their full names."""
        if not self._now.is_of(definition.node):
            return self._outside(definition)
        found: tuple[str, ...] = self._ask(definition, ("outside",))
        return found

    def says(self, definition: Definition, ask: Callable[[tuple[str, ...]], Told]) -> Told:
        """What a function at the top of a module makes of the classes of frameworks above it."""
        if not self._now.is_of(definition.node):
            return ask(self._outside(definition))
        found: Told = self._ask(definition, ("says", ask))
        return found

    def is_a(self, definition: Definition, *names: str) -> bool:
        if not self._now.is_of(definition.node):
            return self._classes.is_a(definition, *names)
        found: bool = self._ask(definition, ("is_a", *names))
        return found

    def after(self, definition: Definition, around: ast.AST, name: str) -> Definition | None:
        """The method that `super().name` means in the class `around`, for an object of this class."""
        if not self._now.is_of(definition.node):
            return self._after(definition, around, name)
        found: Definition | None = self._ask(definition, ("after", around, name))
        return found

    def ancestry(self, definition: Definition) -> tuple[Definition | str, ...]:
        """The class and everything above it, nearest first."""
        self.itself(definition)
        return self._classes.ancestry(definition)

    def itself(self, definition: Definition) -> None:
        """Say that a result depends on which class this is: then it is that of no other one."""
        if self._now.is_of(definition.node):
            self._now.answers[_ITSELF] = definition.node

    def define(self, module: Module, node: ast.ClassDef) -> Definition:
        return self._classes.define(module, node)

    def _ask(self, definition: Definition, question: Question) -> Any:
        now = self._now
        if question in now.answers:
            return now.answers[question]
        outer, self._ledger.now = self._ledger.now, now.reads
        try:
            answer = self._answered(definition, question)
        finally:
            self._ledger.now = outer
        now.answers[question] = answer
        return answer

    def _answered(self, definition: Definition, question: Question) -> Any:
        match question:
            case ("method", name):
                return self._classes.method(definition, name)
            case ("attribute", name):
                return self._classes.attribute(definition, name)
            case ("outside",):
                return self._outside(definition)
            case ("says", ask):
                return ask(self._outside(definition))
            case ("is_a", *names):
                return self._classes.is_a(definition, *names)
            case ("after", around, name):
                return self._after(definition, around, name)
            case _:
                return definition.node

    def _outside(self, definition: Definition) -> tuple[str, ...]:
        return tuple([each for each in self._classes.ancestry(definition) if isinstance(each, str)])

    def _after(self, definition: Definition, around: ast.AST, name: str) -> Definition | None:
        line = [each for each in self._classes.ancestry(definition) if isinstance(each, Definition)]
        place = next((number for number, each in enumerate(line) if each.node is around), 0)
        for above in line[place + 1 :]:
            for statement in above.node.body:
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
                    return Definition(above.module, statement, f"{above.name}.{name}")
        return None

    # -- results for one class ------------------------------------------------------------

    def forget(self) -> None:
        """Free what was kept."""
        self._first.clear()

    def begin(self, owner: Definition | None) -> tuple[Asked, Reads]:
        """Code runs for an object of `owner` from now on. Hand what was going on before to `end`."""
        outer = self._now, self._ledger.begin()
        self._now = Asked(owner)
        return outer

    def running(self) -> tuple[Asked, Reads]:
        """What the code that runs now rests on so far."""
        return self._now, self._ledger.now

    def end(self, outer: tuple[Asked, Reads]) -> tuple[Asked, Reads]:
        """It has run: what it asked and what it rests on, and so does whoever runs it."""
        asked, self._now = self._now, outer[0]
        reads = self._ledger.end(outer[1])
        self._ledger.finish(asked.reads)
        self._pass_on(asked)
        return asked, reads

    def rest_on(self, asked: Asked, reads: Reads) -> None:
        """Whoever runs now rests on this, too."""
        self._ledger.rest_on(reads)
        self._pass_on(asked)

    def _pass_on(self, asked: Asked) -> None:
        now = self._now
        if asked.owner is not None and now.is_of(asked.owner.node):
            for question, answer in asked.answers.items():
                now.answers.setdefault(question, answer)
            now.reads.add(asked.reads)
        else:
            self._ledger.rest_on(asked.reads)

    def keep(self, what: Hashable, kept: Kept[Any]) -> None:
        """Keep a result under `what` for other classes that answer alike."""
        if kept.asked.owner is None or _ITSELF in kept.asked.answers or self._unused[what] >= _MOST_UNUSED:
            return
        self._unused[what] += 1
        held, key = self._first, what
        for question, answer in kept.asked.answers.items():
            step = held.setdefault(key, Step(question))
            if not isinstance(step, Step) or step.question != question:
                return
            held, key = step.branches, answer
        held.setdefault(key, kept)

    def known(self, what: Hashable, owner: Definition | None, rename: Rename[Found]) -> Kept[Found] | None:
        """The result of another class that answers all questions as this one does."""
        at = self._first.get(what) if owner is not None else None
        if at is None or owner is None:
            return None
        outer, self._now = self._now, Asked(owner)
        asked = self._now
        try:
            while isinstance(at, Step):
                at = at.branches.get(self._ask(owner, at.question))
        finally:
            self._now = outer
        if at is None or at.asked.owner is None:
            return None
        found = rename(at.found, at.asked.owner, owner)
        self._ledger.finish(asked.reads)
        asked.answers = at.asked.answers  # the same ones, held once
        self._unused[what] = 0
        return None if found is None else Kept(found, asked, at.reads)

    def once(
        self,
        held: Results[Found],
        what: Hashable,
        owner: Definition | None,
        make: Callable[[], Found],
        rename: Rename[Found],
    ) -> Found:
        """A result for one class, found out once."""
        key = (what, owner.node if owner is not None else None)
        known = held.get(key)
        if known is None:
            known = held[key] = self.known(what, owner, rename) or self._made(what, owner, make)
        self.rest_on(known.asked, known.reads)
        return known.found

    def _made(self, what: Hashable, owner: Definition | None, make: Callable[[], Found]) -> Kept[Found]:
        outer = self.begin(owner)
        try:
            found = make()
        finally:
            asked, reads = self.end(outer)
        kept = Kept(found, asked, reads)
        self.keep(what, kept)
        return kept
