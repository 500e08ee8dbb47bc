"""A token, code or password is written to the log.

Logs are read by more people than the database, kept longer, and sent to other services. Whoever reads one
holds what the user held.

Silent on lengths, prefixes, flags and names about a token, on hashes, on the token of an order or payment (it
names the order and opens no account), and outside of code for requests.

Fix: log the user and the token's id, never the token.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer.audit.finding import Confidence, Hit, Persona, Severity
from django_bearer.audit.per_module import modules_with
from django_bearer.audit.project import Project
from django_bearer.audit.project.flow.words import has_word, is_made_up, is_password, is_secret
from django_bearer.audit.project.source import Module

ID = "BT222"
TITLE = "Token in a log"
CWE = "CWE-532"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "log"})
_LOGGERS = ("logger", "log", "logging", "LOG", "LOGGER", "_logger")
_TRADE = ("checkout", "order", "cart", "basket", "payment", "transaction")
_WORDS = ("request", "rest_framework", "authenticate", "jwt")


@modules_with(*_WORDS)
def check(project: Project, module: Module) -> Iterator[Hit]:
    if is_made_up(module.path) or "/management/" in module.path:
        return
    for call in module.nodes(ast.Call):
        name = next(_secrets(call), None) if call.args else None
        if name and _writes(module, call):
            yield Hit(
                where=module.place(call),
                message=f"{name} is written to the log as it is.",
                attack="Whoever reads the log, or the service it is sent to, uses the token himself.",
                fix='logger.info("token renewed for user %s", user.pk)',
                severity=Severity.LOW if _is_quiet(call) else None,
            )


def _writes(module: Module, call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="print"):  # what a server prints goes to its log; what a command prints is an answer
            function = module.function_around(call)
            return function is not None and "request" in ast.unparse(function)
        case ast.Attribute(value=ast.Name(id=logger) | ast.Attribute(attr=logger), attr=level):
            return level in _LEVELS and logger in _LOGGERS
        case _:
            return False


def _is_quiet(call: ast.Call) -> bool:
    """Debug messages are off in most installations."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "debug"


def _secrets(call: ast.Call) -> Iterator[str]:
    """Names of secrets among what is written, alone, in a formatted text or after a `%`."""
    waiting: list[ast.AST] = list(call.args)
    while waiting:
        match waiting.pop():
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner)) if has_word(owner, *_TRADE):
                pass
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if (is_secret(name) or is_password(name)) and not name.isupper() and not has_word(name, "masked"):
                    yield name
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if is_password(name):
                yield ast.unparse(value)
            case ast.JoinedStr(values=values) | ast.Tuple(elts=values):
                waiting += values
            case ast.FormattedValue(value=value):
                waiting.append(value)
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case (
                ast.Call(func=ast.Attribute(attr="format"), args=values)
                | ast.Call(func=ast.Name(id="str" | "repr"), args=values)
            ):
                waiting += values
            case _:
                pass
