"""Runs the statements of a function, both branches of a test, and a loop once."""

from __future__ import annotations

import ast

from django_bearer_audit.project.effects.acts import Returned
from django_bearer_audit.project.effects.expressions import Close, Expressions, facts
from django_bearer_audit.project.effects.frame import Facts, Frame
from django_bearer_audit.project.effects.value import Class, Kind, Source, Value
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.walking import walk


class Statements:
    """Interprets blocks of statements."""

    def __init__(self, expressions: Expressions, close: Close) -> None:
        self._expressions, self._close = expressions, close

    def block(self, frame: Frame, body: list[ast.stmt]) -> None:
        for statement in body:
            if frame.ended:
                return
            self._run(frame, statement)

    def _run(self, frame: Frame, node: ast.stmt) -> None:
        evaluate = self._expressions.evaluate
        match node:
            case ast.Expr(value=value):
                evaluate(frame, value)
            case ast.Assign(targets=targets, value=value):
                held = evaluate(frame, value)
                for target in targets:
                    self._expressions.bind(frame, target, held)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._expressions.bind(frame, target, evaluate(frame, value))
            case ast.AugAssign(target=target, op=op, value=value):
                joined = self._expressions.added(evaluate(frame, target), op, evaluate(frame, value))
                self._expressions.bind(frame, target, joined)
            case ast.Return(value=value):
                held = evaluate(frame, value)
                frame.shared.returned.append(Returned(held, frame.place(node), frame.given))
                frame.ended = True
            case ast.Raise(exc=raised):
                evaluate(frame, raised)
                frame.ended = True
            case ast.If(test=test, body=then, orelse=other):
                self._if(frame, test, then, other)
            case (
                ast.For(target=target, iter=iterated, body=body, orelse=other)
                | ast.AsyncFor(target=target, iter=iterated, body=body, orelse=other)
            ):
                path = frame.fork()
                self._expressions.bind(path, target, self._expressions.element(path, iterated))
                self.block(path, body)
                self._meet(frame, [frame.fork(), path])
                self.block(frame, other)
            case ast.While(test=test, body=body):
                told = evaluate(frame, test)
                path = frame.fork(facts(told, True))
                self.block(path, body)
                self._meet(frame, [frame.fork(), path])
            case ast.Try() | ast.TryStar():
                self._try(frame, node)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    held = evaluate(frame, item.context_expr)
                    if item.optional_vars is not None:
                        self._expressions.bind(frame, item.optional_vars, held)
                self.block(frame, body)
            case ast.Assert(test=test):
                frame.given |= facts(evaluate(frame, test), True)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                frame.names[name] = self._close(frame, node)
            case ast.ClassDef(name=name):
                frame.names[name] = Value(what=Class(Definition(frame.module, node, name)))
            case ast.Match(subject=subject, cases=cases):
                self._match(frame, subject, cases)
            case ast.Continue() | ast.Break():
                frame.ended = True
            case _:
                pass

    def _if(self, frame: Frame, test: ast.expr, then: list[ast.stmt], other: list[ast.stmt]) -> None:
        told = self._expressions.evaluate(frame, test)
        self._expressions.asked(frame, test, told)
        yes, no = frame.fork(self._facts(told, test, True)), frame.fork(self._facts(told, test, False))
        self.block(yes, then)
        self.block(no, other)
        self._meet(frame, [yes, no])

    def _facts(self, told: Value, test: ast.expr, truth: bool) -> Facts:
        """An `and` says something only where it is true, an `or` only where it is not."""
        match test:
            case ast.BoolOp(op=ast.And()) if not truth:
                return frozenset()
            case ast.BoolOp(op=ast.Or()) if truth:
                return frozenset()
            case _:
                return facts(told, truth)

    def _meet(self, frame: Frame, paths: list[Frame]) -> None:
        frame.join(paths)

    def _try(self, frame: Frame, node: ast.Try | ast.TryStar) -> None:
        before = frame.fork()
        whole = frame.fork()
        self.block(whole, node.body)
        if not whole.ended:
            self.block(whole, node.orelse)
        paths = [whole]
        for handler in node.handlers:
            path = before.fork()
            for name, value in whole.names.items():
                path.names.setdefault(name, value)
            if handler.name:
                path.names[handler.name] = Value(frozenset({Source(Kind.UNKNOWN, "exception", frame.place(handler))}))
            self.block(path, handler.body)
            paths.append(path)
        frame.join(paths)
        ended, frame.ended = frame.ended, False
        self.block(frame, node.finalbody)
        frame.ended = frame.ended or ended

    def _match(self, frame: Frame, subject: ast.expr, cases: list[ast.match_case]) -> None:
        held = self._expressions.evaluate(frame, subject)
        paths = []
        for case in cases:
            path = frame.fork()
            for each in walk(case.pattern):
                if isinstance(each, ast.MatchAs | ast.MatchStar) and each.name:
                    path.names[each.name] = held.plain()
            self.block(path, case.body)
            paths.append(path)
        frame.join([frame.fork(), *paths])
