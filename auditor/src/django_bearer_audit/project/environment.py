"""Reads of the process environment, in the spellings that projects use."""

from __future__ import annotations

import ast
import re

# Full names whose call reads one variable: (name[, default]).
READERS = frozenset(
    {
        "os.environ.get",
        "os.getenv",
        "os.environ.setdefault",
        "os.environ.pop",
        "environ.get",
        "getenv",
        "decouple.config",
        "decouple.Config",
        "starlette.config.Config",
        "config.config",
    }
)
MAPPINGS = frozenset({"os.environ", "environ", "os.environb"})
# django-environ and environs objects, and the functions projects write for themselves.
_READER_NAME = re.compile(r"(^|_)(env|environ|getenv|config|secret|secrets|setting|param|parameter)(_|$)", re.I)
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_ENV_OBJECTS = frozenset({"env", "ENV", "environment", "config", "conf", "decouple_config"})


def variable_read(call: ast.Call, qualname: str | None) -> str | None:
    """The variable a call reads, or None when it is no read of the environment."""
    first = call.args[0] if call.args else None
    name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    if qualname in READERS:
        return name or "?"
    if name is None or not _VARIABLE.match(name):
        return None
    return name if _reads_by_its_name(call.func) else None


def default_of(call: ast.Call) -> ast.expr | None:
    """The expression used when the variable is not set."""
    for keyword in call.keywords:
        if keyword.arg in {"default", "fallback"}:
            return keyword.value
    return call.args[1] if len(call.args) > 1 else None


def fails_when_unset(qualname: str | None) -> bool:
    """`os.getenv("X")` gives None; the readers of packages refuse to start."""
    return qualname not in {"os.environ.get", "os.getenv", "environ.get", "getenv"}


def _reads_by_its_name(function: ast.expr) -> bool:
    match function:
        case ast.Name(id=name):
            return name in _ENV_OBJECTS or bool(_READER_NAME.search(name))
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return owner in _ENV_OBJECTS or bool(_READER_NAME.search(name))
        case ast.Attribute(attr=name):
            return bool(_READER_NAME.search(name))
        case _:
            return False
