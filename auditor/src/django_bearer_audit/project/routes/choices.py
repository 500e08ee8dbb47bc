"""What `get_permissions()` and its siblings answer for one action and method: a small run of their code.

Tests on `self.action` and the request's method are decided, all others run both ways.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from django_bearer_audit.project.routes.facts import SAFE, Function

CLASS_ATTRIBUTE = "the class attribute"
Option = ast.expr | str | None
"""A list expression, the class attribute (what `super()` answers), or None: unknown."""


@dataclass(slots=True)
class _State:
    held: dict[str, list[Option]] = field(default_factory=dict)
    answers: list[Option] = field(default_factory=list)


class Run:
    """One run, for one action and method."""

    def __init__(self, action: str, method: str, attribute: str) -> None:
        self._action, self._method = action, method
        self._own = f"self.{attribute}"

    def options(self, function: Function) -> list[Option]:
        """Every list it may answer."""
        state = _State()
        if not self._block(function.body, state):
            state.answers.append(None)
        return state.answers

    def _block(self, body: list[ast.stmt], state: _State) -> bool:
        """Whether the block always leaves the function."""
        return any(self._statement(each, state) for each in body)

    def _statement(self, node: ast.stmt, state: _State) -> bool:
        match node:
            case ast.Return(value=value):
                state.answers += self._resolve(value, state)
                return True
            case ast.Raise():
                return True
            case ast.If(test=test, body=body, orelse=orelse):
                return self._branch(test, body, orelse, state)
            case ast.Assign(targets=[target], value=value) if name := _name(target):
                state.held[name] = self._resolve(value, state)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if name := _name(target):
                state.held[name] = self._resolve(value, state)
            case ast.AugAssign(target=target) if name := _name(target):
                state.held[name] = [None]
            case ast.With(body=body) | ast.For(body=body):
                return self._block(body, state)
            case ast.Try(body=body, orelse=orelse):
                state.answers += [None] if node.handlers else []
                return self._block([*body, *orelse], state)
            case ast.Match():
                state.answers.append(None)
            case _:
                pass
        return False

    def _branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], state: _State) -> bool:
        decided = self.decide(test)
        if decided is not None:
            return self._block(body if decided else orelse, state)
        other = _State(dict(state.held), state.answers)
        left = self._block(body, state)
        right = self._block(orelse, other)
        if left:
            state.held = other.held
        elif not right:
            for name in {*state.held, *other.held}:
                state.held[name] = [*state.held.get(name, [None]), *other.held.get(name, [None])]
        return left and right

    def _resolve(self, node: ast.expr | None, state: _State) -> list[Option]:
        match node:
            case ast.List() | ast.Tuple():
                return [node]
            case ast.ListComp(generators=[ast.comprehension(iter=source, ifs=[])]):
                return self._resolve(source, state)
            case ast.GeneratorExp(generators=[ast.comprehension(iter=source, ifs=[])]):
                return self._resolve(source, state)
            case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]):
                return self._resolve(inner, state)
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
                return state.held.get(self._own, [CLASS_ATTRIBUTE])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                decided = self.decide(test)
                sides = [body, orelse] if decided is None else [body if decided else orelse]
                return [option for side in sides for option in self._resolve(side, state)]
            case ast.BinOp(op=ast.Add()):
                return [node]
            case ast.expr() if name := _name(node):
                default: list[Option] = [CLASS_ATTRIBUTE] if name == self._own else [None]
                return state.held.get(name, default)
            case _:
                return [None]

    def decide(self, test: ast.expr) -> bool | None:
        match test:
            case ast.BoolOp(op=op, values=values):
                found = [self.decide(value) for value in values]
                decisive = isinstance(op, ast.Or)
                if decisive in found:
                    return decisive
                return None if None in found else not decisive
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.decide(operand)
                return None if inner is None else not inner
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                subject = self._subject(left)
                wanted = _constants(right)
                if subject is None or wanted is None:
                    return None
                inside = subject in wanted
                return inside if isinstance(op, ast.Eq | ast.In) else not inside
            case _:
                return None

    def _subject(self, node: ast.expr) -> str | None:
        match node:
            case ast.Attribute(attr="action"):
                return self._action
            case ast.Attribute(attr="method", value=ast.Name(id="request") | ast.Attribute(attr="request")):
                return self._method
            case ast.Call(func=ast.Attribute(value=inner, attr="lower")):
                found = self._subject(inner)
                return found.lower() if found else None
            case _:
                return None


def _name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f"self.{name}"
        case _:
            return None


def _constants(node: ast.expr) -> set[str] | None:
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            found = [_constants(element) for element in elements]
            return None if None in found else {item for each in found if each for item in each}
        case ast.Name(id="SAFE_METHODS") | ast.Attribute(attr="SAFE_METHODS"):
            return set(SAFE)
        case _:
            return None
