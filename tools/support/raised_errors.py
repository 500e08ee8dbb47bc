"""Which errors of `django_bearer.errors` a function can raise, read off the source: its own, and those of what it calls.

A call is followed where its name says which function of the package it is: a name of the module, an imported one,
`module.function`, or a method whose name one class alone defines. So the answer may name an error that cannot happen
for other reasons, and leaves out what a project's own code raises.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django_bearer import errors

PACKAGE = Path(errors.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module: its functions (methods by their own name, too), and what its names stand for."""

    name: str
    functions: dict[str, Function] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)


def raised(qualname: str) -> frozenset[str]:
    """The names of the error classes that `module.function` or `module.Class.method` can raise."""
    found = _find(qualname)
    return _all().get(found[0], frozenset()) if found is not None else frozenset()


@cache
def _all() -> dict[str, frozenset[str]]:
    """What every function of the package raises: what it raises itself, and, until nothing is added, what it calls."""
    functions = {
        f"{module.name}.{name}": (module, code)
        for module in _modules().values()
        for name, code in module.functions.items()
    }
    errors_of = {name: _own(code) for name, (_, code) in functions.items()}
    calls = {name: _calls(module, code) for name, (module, code) in functions.items()}
    changed = True
    while changed:
        changed = False
        for name, targets in calls.items():
            more = {
                error
                for target, caught in targets
                for error in errors_of.get(target, ())
                if not _is_caught(error, caught)
            }
            if not more <= errors_of[name]:
                errors_of[name] |= more
                changed = True
    return errors_of


@cache
def _modules() -> dict[str, Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        parts = ["django_bearer", *path.relative_to(PACKAGE).with_suffix("").parts]
        package = parts[:-1]
        name = ".".join(package if parts[-1] == "__init__" else parts)
        module = found[name] = Module(name)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
                module.imported.update({alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names})
            elif isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, Function):
                        module.functions[f"{node.name}.{part.name}"] = part
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, Function):
                module.functions[node.name] = node
    return found


@cache
def _methods() -> dict[str, str]:
    """Methods whose name one class alone defines."""
    every: dict[str, list[str]] = {}
    for module in _modules().values():
        for name in module.functions:
            if "." in name and "__" not in name:
                every.setdefault(name.split(".")[1], []).append(f"{module.name}.{name}")
    builtin = {name for kind in (str, bytes, list, dict, set, tuple, object) for name in dir(kind)}
    return {name: found[0] for name, found in every.items() if len(found) == 1 and name not in builtin}


def _find(qualname: str) -> tuple[str, Module, Function] | None:
    """The function of that name with its full name, through re-exports."""
    for cut in (1, 2):
        parts = qualname.rsplit(".", cut)
        module = _modules().get(parts[0])
        if module is None:
            continue
        name = ".".join(parts[1:])
        if name in module.functions:
            return f"{module.name}.{name}", module, module.functions[name]
        if name in module.imported and module.imported[name] != qualname:
            return _find(module.imported[name])
    return None


def _own(function: Function) -> frozenset[str]:
    """Errors that this function raises or returns as a `Failure`, itself."""
    return frozenset(
        name for node, caught in _nodes(function) for name in _named(node) if not _is_caught(name, caught)
    )


def _named(node: ast.AST) -> Iterator[str]:
    """The error class that is raised, or handed out in a `Failure`, by this node."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _class(node.exc.func)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Failure", "Refusal", "PolicyFailure"):
        yield from _class(node.args[0])


def _class(node: ast.AST) -> Iterator[str]:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if isinstance(getattr(errors, name, None), type) and name != "Failure":
        yield name


def _calls(module: Module, function: Function) -> list[tuple[str, frozenset[str]]]:
    """The functions of the package that this one calls, each with what is caught around the call."""
    found = []
    for node, caught in _nodes(function):
        target = _target(module, node.func) if isinstance(node, ast.Call) else None
        resolved = _find(target) if target is not None else None
        if resolved is not None:
            found.append((resolved[0], caught))
    return found


def _target(module: Module, called: ast.AST) -> str | None:
    if isinstance(called, ast.Name):
        if called.id in module.functions:
            return f"{module.name}.{called.id}"
        return module.imported.get(called.id)
    if isinstance(called, ast.Attribute):
        base = module.imported.get(called.value.id) if isinstance(called.value, ast.Name) else None
        if base in _modules():
            return f"{base}.{called.attr}"
        return _methods().get(called.attr)
    return None


def _nodes(function: Function) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Every node of a function, with the names of the errors that are caught around it."""

    def walk(node: ast.AST, caught: frozenset[str]) -> Iterator[tuple[ast.AST, frozenset[str]]]:
        yield node, caught
        if isinstance(node, ast.Try):
            names = {
                part.id
                for handler in node.handlers
                if handler.type is not None and not any(_is_reraise(part) for part in ast.walk(handler))
                for part in ast.walk(handler.type)
                if isinstance(part, ast.Name)
            }
            for part in node.body:
                yield from walk(part, caught | names)
            for part in [*node.handlers, *node.orelse, *node.finalbody]:
                yield from walk(part, caught)
            return
        for part in ast.iter_child_nodes(node):
            yield from walk(part, caught)

    for part in function.body:
        yield from walk(part, frozenset())


def _is_reraise(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and node.exc is None


def _is_caught(name: str, caught: frozenset[str]) -> bool:
    return any(base.__name__ in caught for base in getattr(errors, name).__mro__)
