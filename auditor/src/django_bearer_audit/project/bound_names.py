"""Names that a statement binds by other means than a plain assignment, and the ways that cannot be followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Place
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

SCOPES = frozenset({"globals", "locals", "vars"})
_READS = frozenset({"get", "keys", "items", "values", "copy"})
_READERS = frozenset({"list", "sorted", "dict", "set", "tuple", "len", "dir", "any", "all", "iter", "print"})
_RUNNERS = frozenset({"exec", "eval", "__import__", "delattr", "__builtins__"})
_BY_IMPORT = frozenset(f"builtins.{name}" for name in {*_RUNNERS, *SCOPES, "setattr"})
"""The same, out of the module that holds them."""
_HIDDEN = frozenset(
    {"__dict__", "__globals__", "f_globals", "f_locals", "__setattr__", "__setitem__", "__builtins__"}
)
_STANDARD = frozenset(
    {"builtins", "operator", "functools", "types", "runpy", "code", "dict", "importlib", "collections"}
)
_ATTRIBUTES = frozenset({"__getattr__", "__dir__"})
"""Functions of a module that Python asks for names which the module does not hold (PEP 562)."""


def is_scope(node: ast.AST) -> bool:
    """Whether an expression is the dictionary of the names around it: `globals()`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SCOPES
        and not node.args
        and not node.keywords
    )


def is_this_module(module: Module, imports: Imports, node: ast.AST) -> bool:
    """Whether an expression is the module it stands in: `sys.modules[__name__]`, or an import of itself."""
    match node:
        case ast.Subscript(value=owner, slice=ast.Name(id="__name__")):
            return imports.qualname(module, owner) == "sys.modules"
        case ast.Call(func=called, args=[ast.Name(id="__name__")]):
            return imports.qualname(module, called) == "importlib.import_module"
        case ast.Name() | ast.Attribute():
            named = imports.qualname(module, node)
            return named is not None and "." in named and _is_called(module.path, named)
        case _:
            return False


def _is_called(path: str, dotted: str) -> bool:
    """Whether a dotted name may be that of a file."""
    stem = path.removesuffix(".py").removesuffix("/__init__")
    return f"/{stem}".endswith("/" + dotted.replace(".", "/"))


def walrus(statement: ast.stmt) -> Iterator[tuple[ast.NamedExpr, bool]]:
    """Each `name := value` that a statement's own expressions run, and whether it is certain to run."""
    heads = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr | ast.withitem)]
    waiting: list[tuple[ast.AST, bool]] = [(head, True) for head in heads]
    while waiting:
        node, certain = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            yield node, certain
        match node:
            case ast.Lambda():
                continue
            case ast.IfExp(test=test):
                parts = [(child, certain and child is test) for child in ast.iter_child_nodes(node)]
            case ast.BoolOp(values=[first, *_]):
                parts = [(child, certain and child is first) for child in ast.iter_child_nodes(node)]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                parts = [(child, False) for child in walk(node) if isinstance(child, ast.NamedExpr)]
            case _:
                parts = [(child, certain) for child in ast.iter_child_nodes(node)]
        waiting += parts


def captured(pattern: ast.pattern) -> Iterator[str]:
    """The names that a pattern of `match` binds."""
    for node in walk(pattern):
        match node:
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                yield name
            case ast.MatchMapping(rest=str() as name):
                yield name


def globals_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> frozenset[str]:
    """Names of the module that a function or the body of a class may bind."""
    return frozenset(name for each in walk(node) if isinstance(each, ast.Global) for name in each.names)


def not_followed(module: Module, imports: Imports) -> Iterator[Place]:
    """Places of a module that may bind names of it in a way that `Run` does not follow."""
    above = module.parents
    top = set(map(id, _top(module.tree.body)))
    for node in walk(module.tree):
        match node:
            case ast.Call() if is_scope(node):
                if not _scope_is_followed(module, imports, node, above, top):
                    yield module.place(node)
            case ast.Name(id=name) if name in _RUNNERS:
                yield module.place(node)
            case ast.Attribute() | ast.Name() if imports.qualname(module, node) in _BY_IMPORT:
                yield module.place(node)
            case ast.Name(id=name) if name in SCOPES and not _is_called_bare(node, above):
                yield module.place(node)
            case ast.Attribute(attr=name) if name in _HIDDEN:
                yield module.place(node)
            case ast.Attribute() | ast.Name() if imports.qualname(module, node) == "sys.modules":
                if not _modules_is_followed(module, imports, above.get(node), above, top):
                    yield module.place(node)
            case ast.Call(func=ast.Name(id="setattr"), args=[owner, key, *_]):
                if not is_this_module(module, imports, owner) and not _is_lower(key):
                    yield module.place(node)
            case ast.FunctionDef(name=name) if name in _ATTRIBUTES and node in module.tree.body:
                yield module.place(node)


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those of its classes and functions left out."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for child in ast.iter_child_nodes(statement):
                inner = child.body if isinstance(child, ast.ExceptHandler | ast.match_case) else [child]
                yield from _top([each for each in inner if isinstance(each, ast.stmt)])


def _is_called_bare(name: ast.Name, above: dict[ast.AST, ast.AST]) -> bool:
    """`vars(x)` of something else, or a call that `is_scope` judges."""
    parent = above.get(name)
    return isinstance(parent, ast.Call) and parent.func is name


def _scope_is_followed(
    module: Module, imports: Imports, scope: ast.Call, above: dict[ast.AST, ast.AST], top: set[int]
) -> bool:
    parent = above.get(scope)
    match parent:
        case ast.Compare() | ast.comprehension() | ast.For():
            return True
        case ast.Subscript(ctx=ast.Load()):
            return True
        case ast.Subscript(ctx=ast.Store(), slice=ast.Constant()):
            return id(above.get(parent)) in top
        case ast.Attribute(attr=name):
            if name == "update":
                call = above.get(parent)
                return id(above.get(call)) in top if call is not None else False
            return name in _READS
        case ast.Call(func=ast.Name(id=name)) if name in _READERS:
            return True
        case ast.Call() | ast.keyword():
            call = above.get(parent) if isinstance(parent, ast.keyword) else parent
            return isinstance(call, ast.Call) and _is_of_a_package(module, imports, call.func)
        case _:
            return False


def _is_of_a_package(module: Module, imports: Imports, called: ast.expr) -> bool:
    """Whether an installed package is handed the names; what that does is said in a note."""
    named = imports.qualname(module, called)
    if named is None or "." not in named or named.split(".")[0] in _STANDARD:
        return False
    return imports.definition(named, module.path) is None


def _modules_is_followed(
    module: Module, imports: Imports, parent: ast.AST | None, above: dict[ast.AST, ast.AST], top: set[int]
) -> bool:
    """`sys.modules[__name__].NAME = value` and `setattr(sys.modules[__name__], "NAME", value)` are."""
    if isinstance(parent, ast.Compare):
        return True
    if parent is None or not is_this_module(module, imports, parent):
        return False
    match outer := above.get(parent):
        case ast.Attribute(ctx=ast.Store()):
            return id(above.get(outer)) in top
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(), _]):
            return id(above.get(outer)) in top
        case _:
            return False


def _is_lower(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and not key.value.isupper()
