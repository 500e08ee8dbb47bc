"""Whether code changes state, and on which lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.project.walking import walk

_SAVES = frozenset(
    [
        "save",
        "asave",
        "save_m2m",
        "bulk_create",
        "bulk_update",
        "get_or_create",
        "update_or_create",
        "acreate",
        "insert_one",
        "insert_many",
        "update_one",
        "update_many",
        "replace_one",
        "delete_one",
        "delete_many",
        "find_one_and_update",
        "find_one_and_delete",
        "create_user",
        "create_superuser",
    ]
)
_ROWS = frozenset({"create", "delete", "update", "adelete", "aupdate"})
# Acts outside the database that an anonymous caller should not set off.
_ACTS = {
    "os": {"remove", "unlink", "rename", "replace", "rmdir", "system", "popen"},
    "shutil": {"rmtree", "move"},
    "subprocess": {"run", "call", "Popen", "check_output", "check_call"},
    "default_storage": {"save", "delete"},
}
_PROGRAMS = {"os": {"system", "popen"}, "subprocess": _ACTS["subprocess"]}
_SQL = re.compile(r"\s*(insert|update|delete|alter|drop|truncate|replace)\b", re.I)


def writes(function: ast.AST) -> Iterator[ast.Call]:
    """Calls that write rows (ORM, serializers, forms, Mongo, SQL text), or act outside the database."""
    for node in walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node, node.func):
            yield node


def runs_program(function: ast.AST) -> bool:
    """`os.system(…)`, `subprocess.run(…)`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _PROGRAMS.get(getattr(node.func.value, "id", ""), ())
        for node in walk(function)
    )


def asks_rows(function: ast.AST) -> bool:
    """Whether code asks the ORM for rows."""
    return any(
        (
            isinstance(node, ast.Attribute)
            and node.attr in {"objects", "get_object", "get_queryset", "queryset", "find", "find_one"}
        )
        or (isinstance(node, ast.Name) and node.id in {"get_object_or_404", "get_list_or_404"})
        for node in walk(function)
    )


def _writes(call: ast.Call, function: ast.Attribute) -> bool:
    if function.attr in _SAVES:
        return not _is_file(function.value)
    if function.attr in _ROWS:
        return _is_rows(function.value, call, function.attr)
    if (owner := getattr(function.value, "id", None)) in _ACTS:
        return function.attr in _ACTS[owner]
    if function.attr in {"execute", "executemany"} and call.args:
        return bool(_SQL.match(_leading_text(call.args[0])))
    return False


def _is_file(node: ast.expr) -> bool:
    """`image.save(buffer)`, `plt.savefig`, `session.save()` write no rows of the project."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(re.search(r"session|image|img|storage|buffer|workbook|wb$|doc(ument)?$|pdf|fig|file", name, re.I))


def _is_rows(node: ast.expr, call: ast.Call, verb: str) -> bool:
    """A manager or queryset; or, for delete without arguments, one row held in a name."""
    chain = _chain(node)
    if "objects" in chain or any(part.endswith(("_set", "manager", "queryset")) for part in chain):
        return True
    if any(part in {"filter", "exclude", "get", "all"} for part in chain[1:]):
        return True
    if verb not in {"delete", "adelete"} or call.args or call.keywords:
        return False
    return not any(part in {"cache", "session", "storage", "s3", "client", "redis", "file"} for part in chain)


def _chain(node: ast.expr) -> list[str]:
    """`Order.objects.filter(...)` as ["Order", "objects", "filter"]."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=attr):
                parts.append(attr)
                node = inner
            case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
                node = inner
            case ast.Name(id=name):
                return [*reversed([*parts, name])]
            case _:
                return [*reversed(parts)]


def _leading_text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            return text
        case ast.BinOp(left=left):
            return _leading_text(left)
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            return _leading_text(inner)
        case _:
            return ""
