"""A consumer of Django Channels accepts every connection.

No permission class and no middleware of the REST API stands before a WebSocket: the consumer itself decides.
One that calls `accept()` without asking for `scope["user"]` hands what it sends, and what its messages do, to
everybody.

Silent where the class, one of its bases in the tree or its `connect` asks for the user, a token or a session,
and where nothing is received or looked up.

Fix: `if not self.scope["user"].is_authenticated: await self.close(4401)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT811"
TITLE = "Consumer accepts everybody"
CWE = "CWE-306"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_BASE = re.compile(r"channels\.generic\.(websocket|http)\.\w*Consumer$|channels\.consumer\.\w*Consumer$")
_ASKS = frozenset({"user", "token", "session", "cookies", "headers", "query_string"})
_RECEIVES = frozenset({"receive", "receive_json", "websocket_receive"})


@modules_with("Consumer")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for node in module.nodes(ast.ClassDef):
        consumer = project.classes.define(module, node)
        line = project.classes.ancestry(consumer)
        if not any(isinstance(above, str) and _BASE.search(above) for above in line):
            continue
        own = [above for above in line if isinstance(above, Definition)]
        late = _goes_on(project, consumer)
        if late is not None:
            yield Hit(
                where=module.place(late),
                message=f"{node.name} closes the connection, and then accepts it.",
                attack="Everybody connects, reads what is sent there and sends messages as if they were a user.",
                fix="await self.close()\n    return",
            )
            continue
        if not any(map(_asks, _deciding(own))) and _accepts(project, consumer) and any(map(_does, own)):
            where = project.classes.method(consumer, "connect")
            yield Hit(
                where=where.module.place(where.node) if where else module.place(node),
                message=f"{node.name} accepts a connection without asking who opens it.",
                attack="Everybody connects, reads what is sent there and sends messages as if they were a user.",
                fix='if not self.scope["user"].is_authenticated:\n    await self.close(4401)\n    return',
            )


def _goes_on(project: Project, consumer: Definition) -> ast.If | None:
    """A refusal that closes and does not return: the connection is accepted all the same."""
    connect = project.classes.method(consumer, "connect")
    body = getattr(connect.node, "body", []) if connect is not None else []
    for number, statement in enumerate(body):
        if isinstance(statement, ast.If) and not statement.orelse and _only_closes(statement.body):
            later = [each for other in body[number + 1 :] for each in walk(other)]
            if any(isinstance(each, ast.Attribute) and each.attr == "accept" for each in later):
                return statement
    return None


def _only_closes(body: list[ast.stmt]) -> bool:
    closes = any(isinstance(n, ast.Attribute) and n.attr == "close" for each in body for n in walk(each))
    return closes and not any(isinstance(each, ast.Return | ast.Raise) for each in body)


def _deciding(own: list[Definition]) -> Iterator[ast.AST]:
    """What decides who comes in: `connect`, the methods it calls, and what conditions elsewhere ask and call."""
    methods = [
        each for above in own for each in walk(above.node) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    conditions = [
        each.test for method in methods for each in walk(method) if isinstance(each, ast.If | ast.IfExp | ast.Assert)
    ]
    yield from conditions
    wanted, seen = {"connect", "websocket_connect", "__call__", "dispatch"}, set[str]()
    wanted |= {each.attr for test in conditions for each in walk(test) if isinstance(each, ast.Attribute)}
    while wanted - seen:
        reached = [method for method in methods if method.name in wanted - seen]
        seen |= wanted
        yield from reached
        wanted |= {each.attr for method in reached for each in walk(method) if isinstance(each, ast.Attribute)}


def _asks(node: ast.AST) -> bool:
    for each in walk(node):
        match each:
            case ast.Constant(value=str(text)) if text in _ASKS:
                return True
            case ast.Attribute(attr="user", value=ast.Name(id="self")):  # what the consumer itself put there
                pass
            case ast.Attribute(attr="is_authenticated" | "is_anonymous" | "user"):
                return True
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if re.search(r"auth|permi|login", name):
                return True
            case _:
                pass
    return False


def _accepts(project: Project, consumer: Definition) -> bool:
    """`accept()` stands in `connect`, or there is none: then the base class accepts."""
    connect = project.classes.method(consumer, "connect")
    if connect is None:
        return True
    return any(isinstance(each, ast.Attribute) and each.attr == "accept" for each in walk(connect.node))


def _does(definition: Definition) -> bool:
    """Whether messages are received or rows are read: a stream of public news does neither."""
    for each in walk(definition.node):
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in _RECEIVES:
                return True
            case ast.Attribute(attr="objects" | "group_add"):
                return True
            case _:
                pass
    return False
