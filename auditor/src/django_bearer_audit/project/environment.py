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
READER_CLASSES = frozenset(
    {"environ.Env", "environ.FileAwareEnv", "environs.Env", "decouple.Config", "decouple.AutoConfig"}
)
"""Classes whose instances, whatever a project calls them, read one variable when they are called."""
_NO_READS = frozenset({"read_env", "read_envfile", "prefixed", "seal", "dump", "set_context", "add_parser"})
_VALUES = "configurations.values."
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


def read_by_reader(call: ast.Call) -> str | None:
    """The variable that a call of such an instance, or of one of its methods, reads."""
    first = call.args[0] if call.args else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in _NO_READS:
        return None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def declared_value(call: ast.Call, qualname: str | None) -> tuple[str | None, ast.expr | None] | None:
    """(variable, default) of a value of django-configurations; None when the call is none.

    The variable is None where the value is never read from the environment, and `?` where its name is not given.
    """
    if not qualname or not qualname.startswith(_VALUES):
        return None
    given = {each.arg: each.value for each in call.keywords}
    default = given.get("default", call.args[0] if call.args else None)
    off, named = given.get("environ"), given.get("environ_name")
    if isinstance(off, ast.Constant) and off.value is False:
        return None, default
    return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else "?", default


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
