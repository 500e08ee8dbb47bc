"""Whether an expression of Python holds a token: by its name, or by what was stored in that name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_names import is_token, may_be_token
from django_bearer_audit.project.walking import walk

_WRAPPERS = frozenset({"str", "force_str", "smart_str", "quote", "urlencode", "decode"})
_MAKERS = frozenset({"encode", "for_user", "get_token", "create_token", "make_token", "generate_token"})


def holds_token(module: Module, node: ast.expr | None) -> bool:
    """True for `access_token`, `tokens["access"]`, `str(refresh)`, and what `jwt.encode` was stored in."""
    if node is None:
        return False
    node = unwrapped(node)
    said = said_name(node)
    if said and (is_token(said) or may_be_token(said)):
        return True
    if isinstance(node, ast.Call):
        return _makes_token(node)
    return isinstance(node, ast.Name) and any(_makes_token(value) for value in stored(module, node))


def unwrapped(node: ast.expr) -> ast.expr:
    """`str(x)` and `x.decode()` are still x."""
    while isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in _WRAPPERS:
            break
        if node.args and not (isinstance(node.func, ast.Attribute) and name == "decode"):
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            break
    return node


def said_name(node: ast.expr | None) -> str:
    """The last word of an expression: a name, an attribute, or a constant key."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=str(key)), *_]):
            return key
        case ast.Constant(value=str(key)):
            return key
        case _:
            return ""


def stored(module: Module, name: ast.Name) -> Iterator[ast.expr]:
    """What the function around a name stores in it."""
    function = module.function_around(name)
    for node in walk(function or module.tree):
        if isinstance(node, ast.Assign) and any(_binds(target, name.id) for target in node.targets):
            yield node.value


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in walk(target))


def _makes_token(node: ast.expr) -> bool:
    node = unwrapped(node)
    if not isinstance(node, ast.Call):
        said = said_name(node)
        return bool(said) and is_token(said)
    match node.func:
        case ast.Attribute(value=owner, attr=attr):
            return (attr in _MAKERS and said_name(owner).lower().endswith(("jwt", "token", "jws"))) or is_token(attr)
        case ast.Name(id=called):
            return is_token(called) and not called[0].isupper()
        case _:
            return False
