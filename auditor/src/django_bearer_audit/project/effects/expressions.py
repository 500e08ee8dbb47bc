"""What an expression yields, and what it does on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.effects.arguments import Arguments
from django_bearer_audit.project.effects.calls import Calls
from django_bearer_audit.project.effects.frame import Facts, Frame
from django_bearer_audit.project.effects.frameworks import Frameworks
from django_bearer_audit.project.effects.knowledge import FEEDS
from django_bearer_audit.project.effects.objects import Objects
from django_bearer_audit.project.effects.value import (
    NOTHING,
    OF_CALLER,
    Done,
    Grown,
    Instance,
    Kind,
    Literal,
    Object,
    Reference,
    Request,
    Routine,
    Rows,
    Source,
    Value,
    Verdict,
    any_of,
    become,
    either,
    made,
    mixed,
)
from django_bearer_audit.project.source import Module

_ANYBODY = frozenset({"is_authenticated", "is_anonymous", "is_active"})
"""What is true of every account."""
_MOST_ITEMS = 64
"""Of a list or dictionary; what stands in a longer one is much the same."""
Global = Callable[[Module, str], Value]
Above = Callable[[Frame, str], Routine | None]
Close = Callable[[Frame, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef], Value]


class Expressions:
    """Evaluates expressions on one path."""

    def __init__(
        self, calls: Calls, objects: Objects, frameworks: Frameworks, of_module: Global, above: Above, close: Close
    ) -> None:
        self._calls, self._objects, self._frameworks = calls, objects, frameworks
        self._of_module, self._above, self._close = of_module, above, close
        self._quick: dict[type, Callable[[Frame, Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
        }

    def evaluate(self, frame: Frame, node: ast.AST | None) -> Value:
        """The value of an expression; the commonest kinds are found by their type, which is quicker than a match."""
        known = self._quick.get(node.__class__)
        return known(frame, node) if known is not None else self._rest(frame, node)

    def _name(self, frame: Frame, node: ast.Name) -> Value:
        found = frame.lookup(node.id)
        return found if found is not None else self._of_module(frame.module, node.id)

    def _attribute(self, frame: Frame, node: ast.Attribute) -> Value:
        held = self.evaluate(frame, node.value)
        return self._objects.attribute(held, node.attr, frame.place(node), frame.module.path)

    def _rest(self, frame: Frame, node: ast.AST | None) -> Value:
        match node:
            case ast.Subscript(value=owner, slice=key):
                return self._objects.item(self.evaluate(frame, owner), self.evaluate(frame, key), frame.place(node))
            case ast.JoinedStr(values=values):
                return mixed(self.evaluate(frame, each).plain() for each in values)
            case ast.FormattedValue(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.evaluate(frame, value)
            case ast.BinOp(left=left, op=op, right=right):
                return self.added(self.evaluate(frame, left), op, self.evaluate(frame, right))
            case ast.BoolOp(op=op, values=values):
                return self._either(frame, op, values)
            case ast.UnaryOp(operand=operand, op=op):
                held = self.evaluate(frame, operand)
                self.asked(frame, operand, held)
                return self._unary(held, op)
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._compare(frame, node, left, ops, others)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.asked(frame, test, self.evaluate(frame, test))
                return either(self.evaluate(frame, body), self.evaluate(frame, orelse))
            case ast.Dict(keys=keys, values=values):
                return self._table(frame, keys[:_MOST_ITEMS], values[:_MOST_ITEMS])
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return self._listed(frame, elements[:_MOST_ITEMS])
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return self._comprehension(frame, node.generators, [element])
            case ast.DictComp(key=key, value=value):
                return self._comprehension(frame, node.generators, [key, value])
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                frame.names[name] = self.evaluate(frame, value)
                return frame.names[name]
            case ast.Lambda():
                return self._close(frame, node)
            case ast.Yield(value=value) | ast.YieldFrom(value=value) if value is not None:
                return self.evaluate(frame, value)
            case _:
                return NOTHING

    def added(self, first: Value, op: ast.operator, second: Value) -> Value:
        """`first + second`, and every other operator: made of both."""
        number = any(_is_number(each) for each in (first, second))
        grown = Grown() if isinstance(op, ast.Add) and number else None
        return Value(*_made_of(first, second), grown, (*first.items, *second.items)[:_MOST_ITEMS])

    def _listed(self, frame: Frame, elements: list[ast.expr]) -> Value:
        found = [self.evaluate(frame, each) for each in elements]
        return Value(*_made_of(*found), items=tuple((str(n), value) for n, value in enumerate(found)))

    def _constant(self, frame: Frame, node: ast.Constant) -> Value:
        value = node.value
        if isinstance(value, str | bytes) and value:
            # where in its file a text stands tells nothing, and equal values are compared sooner
            where = Place(frame.module.path)
            return made(Kind.CONSTANT, repr(value[:60])[:60], where, what=Literal(value))
        return Value(what=Literal(value)) if isinstance(value, bool | int | float | str | bytes | None) else NOTHING

    def _either(self, frame: Frame, op: ast.boolop, values: list[ast.expr]) -> Value:
        path = frame.fork()
        found = []
        for each in values:
            value = self.evaluate(path, each)
            self.asked(path, each, value)
            found.append(value)
            path.given |= facts(value, isinstance(op, ast.And))
        frame.names.update(path.names)
        joined = any_of(found)
        verdict = next((value.what for value in found if isinstance(value.what, Verdict)), None)
        return Value(joined.sources, joined.done, verdict or joined.what, joined.items)

    def asked(self, frame: Frame, node: ast.AST, value: Value) -> None:
        """`if request.user.is_staff`: a test that looks at more of the caller than whether there is one."""
        if any(s.steps == OF_CALLER and s.name not in _ANYBODY for s in value.sources):
            frame.does(Act.ASKS, node, "caller", value)

    def _unary(self, value: Value, op: ast.unaryop) -> Value:
        if isinstance(op, ast.Not):
            return (
                Value(what=value.what._replace(sure=not value.what.sure))
                if isinstance(value.what, Verdict)
                else Value(frozenset({Source(Kind.UNKNOWN, "not", Place(""))}))
            )
        return value

    def _compare(
        self, frame: Frame, node: ast.AST, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]
    ) -> Value:
        first = self.evaluate(frame, left)
        verdict = NOTHING
        for op, other in zip(ops, others, strict=True):
            second = self.evaluate(frame, other)
            match op:
                case ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn():
                    verdict = self._calls.compare(frame, node, "==", first, second)
                    if isinstance(op, ast.NotEq | ast.NotIn):
                        verdict = self._unary(verdict, ast.Not())
                case ast.Is() | ast.IsNot():
                    verdict = self._none(first, second, isinstance(op, ast.Is))
                case _:
                    self._more(frame, node, first, second)
            first = second
        return verdict

    def _none(self, first: Value, second: Value, same: bool) -> Value:
        """`x is None`, where `x` is the answer of a check."""
        if isinstance(first.what, Verdict) and isinstance(second.what, Literal):
            passed = bool(second.what.value) if isinstance(second.what.value, bool) else False
            return Value(what=first.what._replace(sure=first.what.sure == (passed == same)))
        return NOTHING

    def _more(self, frame: Frame, node: ast.AST, first: Value, second: Value) -> None:
        """`Attempt.objects.filter(…).count() > 5`, `row.attempts >= LIMIT`."""
        for value, limit in ((first, second), (second, first)):
            counted = isinstance(value.what, Verdict) or any(s.kind is Kind.STORED for s in value.sources)
            number = isinstance(limit.what, Literal) and isinstance(limit.what.value, int) and limit.what.value > 1
            number = number or bool(limit.of(Kind.ENVIRONMENT))
            if counted and number:
                frame.does(Act.COUNTS, node, "compare", value)
                return

    def _table(self, frame: Frame, keys: list[ast.expr | None], values: list[ast.expr]) -> Value:
        found = []
        items = []
        for key, each in zip(keys, values, strict=True):
            value = self.evaluate(frame, each)
            found.append(value)
            if key is None:
                items += list(value.items)
            else:
                name = self.evaluate(frame, key)
                items.append((str(name.what.value) if isinstance(name.what, Literal) else "?", value))
        return Value(*_made_of(*found), items=tuple(items[:_MOST_ITEMS]))

    def _comprehension(self, frame: Frame, generators: list[ast.comprehension], elements: list[ast.expr]) -> Value:
        path = frame.fork()
        for each in generators:
            self.bind(path, each.target, self.element(path, each.iter))
            for test in each.ifs:
                self.evaluate(path, test)
        return mixed([self.evaluate(path, element) for element in elements])

    def element(self, frame: Frame, node: ast.expr) -> Value:
        """What a loop over it gives."""
        held = self.evaluate(frame, node)
        if isinstance(held.what, Rows):
            return Value(held.sources, held.done, held.what._replace(one=True))
        if held.items:
            return any_of(value for _, value in held.items)
        return held.plain() if not isinstance(held.what, Request) else held

    # -- names ------------------------------------------------------------

    def bind(self, frame: Frame, target: ast.expr, value: Value) -> None:
        """`target = value`."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for number, element in enumerate(elements):
                    inner = element.value if isinstance(element, ast.Starred) else element
                    held = value.entry(str(number))
                    if held is None:
                        rows = value.what if isinstance(value.what, Rows) and number == 0 else None
                        held = Value(value.sources, value.done, rows)
                    self.bind(frame, inner, held)
            case ast.Attribute(value=owner, attr=name):
                self._bind_attribute(frame, target, owner, name, value)
            case ast.Subscript(value=owner, slice=key):
                self._bind_item(frame, target, owner, key, value)
            case _:
                pass

    def _bind_attribute(self, frame: Frame, node: ast.AST, owner: ast.expr, name: str, value: Value) -> None:
        held = self.evaluate(frame, owner)
        match held.what:
            case Instance(fields=fields) as instance:
                frame.shared.stores[name] = either(frame.shared.stores.get(name, NOTHING), value)
                if isinstance(owner, ast.Name):
                    kept = frozenset(each for each in fields if each[0] != name)
                    frame.names[owner.id] = become(held, instance._replace(fields=kept | {(name, value)}))
            case Rows() as rows:
                self._calls.store(frame, node, rows, name, value)
            case Reference():
                pass
            case _:
                if held.of(Kind.PARAMETER) or not held.sources:
                    rows = Rows("?" if held.of(Kind.PARAMETER) else "", one=True)
                    self._calls.store(frame, node, rows, name, value)

    def _bind_item(self, frame: Frame, node: ast.AST, owner: ast.expr, key: ast.expr, value: Value) -> None:
        held, name = self.evaluate(frame, owner), self.evaluate(frame, key)
        text = str(name.what.value) if isinstance(name.what, Literal) else "?"
        match held.what:
            case Request(part="session"):
                frame.does(Act.ISSUES, node, "session", value, value, text)
            case _:
                if isinstance(owner, ast.Name):
                    items = (*(each for each in held.items if each[0] != text), (text, value))
                    frame.names[owner.id] = Value(
                        held.sources | value.sources, held.done | value.done, held.what, items[:_MOST_ITEMS]
                    )

    # -- calls ------------------------------------------------------------

    def _call(self, frame: Frame, node: ast.Call) -> Value:
        receiver: Value | None = None
        name = ""
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                return self._super(frame, node, name)
            case ast.Attribute(value=owner, attr=name):
                receiver = self.evaluate(frame, owner)
                function = self._objects.attribute(receiver, name, frame.place(node), frame.module.path)
            case ast.Name(id=name):
                function = self.evaluate(frame, node.func)
            case _:
                function = self.evaluate(frame, node.func)
        given = self.arguments(frame, node)
        if receiver is not None and name in FEEDS:
            self._feed(frame, node.func, given)
        return self._calls.call(frame, node, function, receiver, name, given)

    def arguments(self, frame: Frame, node: ast.Call) -> Arguments:
        placed, named, rest = [], [], None
        for each in node.args:
            value = self.evaluate(frame, each)
            if isinstance(each, ast.Starred):
                rest = value if rest is None else either(rest, value)
            else:
                placed.append(value)
        for keyword in node.keywords:
            value = self.evaluate(frame, keyword.value)
            if keyword.arg is None:
                rest = value if rest is None else either(rest, value)
            else:
                named.append((keyword.arg, value))
        return Arguments(tuple(placed), tuple(named), rest)

    def _feed(self, frame: Frame, function: ast.expr, given: Arguments) -> None:
        """`digest.update(x)`, `parts.append(x)`: what is held under the name has it in it from now on."""
        match function:
            case ast.Attribute(value=ast.Name(id=name)) if (held := frame.lookup(name)) is not None:
                if not isinstance(held.what, Rows | Instance | Reference | Request):
                    more = mixed(given.all())
                    items = held.items
                    for value in given.all():
                        items = (*items, *value.items)
                    frame.names[name] = Value(
                        held.sources | more.sources,
                        held.fed(more) if isinstance(held.what, Object) else held.done | more.done,
                        held.what if not isinstance(held.what, Literal) else None,
                        items[:_MOST_ITEMS],
                    )
            case _:
                pass

    def _super(self, frame: Frame, node: ast.Call, name: str) -> Value:
        given = self.arguments(frame, node)
        found = self._above(frame, name)
        if found is not None:
            return self._calls.call(frame, node, Value(what=found), None, name, given)
        this = found_this(frame)
        if isinstance(this.what, Instance) and self._frameworks.is_input(this.what.definition):
            if name in {"save", "create", "update"}:
                return self._frameworks.stored(frame, node, this, this.what.definition, given)
            if name in {"validate", "clean"}:
                return self._frameworks.base_validated(frame, node, this, this.what.definition, given)
        if isinstance(this.what, Instance) and name in {"get_object", "get_queryset"}:
            return self._calls.table_of(this, this.what, name == "get_object", frame.place(node))
        if isinstance(this.what, Instance) and name in {"create", "update", "partial_update", "post", "put", "patch"}:
            return self._frameworks.generic(frame, node, this, this.what.definition)
        if (
            isinstance(this.what, Instance)
            and name in {"perform_create", "perform_update", "form_valid"}
            and given.placed
        ):
            return self._calls.call(frame, node, NOTHING, given.placed[0], "save", Arguments())
        return self._calls.call(frame, node, NOTHING, this.plain() if name != "set_password" else this, name, given)


def found_this(frame: Frame) -> Value:
    """What the first parameter of the method around is bound to."""
    arguments = getattr(frame.function, "args", None)
    first = arguments.args[0].arg if arguments is not None and arguments.args else ""
    return frame.lookup(first) or NOTHING


def facts(value: Value, truth: bool) -> Facts:
    """What is known of the checks where a test came out so."""
    if isinstance(value.what, Verdict):
        return frozenset({(value.what.check, value.what.sure == truth)})
    return frozenset()


def _is_number(value: Value) -> bool:
    held = value.what.value if isinstance(value.what, Literal) else None
    return isinstance(held, int | float) and not isinstance(held, bool)


def _made_of(*values: Value) -> tuple[frozenset[Source], frozenset[Done]]:
    found = mixed(values)
    return found.sources, found.done
