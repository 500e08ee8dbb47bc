"""Edits of Python source that keep its formatting: the one file that uses libcst."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING

from django_bearer_audit.finding import Change

if TYPE_CHECKING:
    import libcst

MISSING = 'fixes need an extra: pip install "django-bearer[audit]"'


def available() -> bool:
    try:
        import libcst  # noqa: F401
    except ImportError:
        return False
    return True


def edited(source: bytes, changes: Sequence[Change]) -> bytes:
    """The source with the changes made; what no longer fits the source is left as it is."""
    import libcst

    try:
        tree = libcst.parse_module(source)
        for _, same in groupby(changes, key=lambda change: (change.kind, change.where, change.callee)):
            tree = _changed(tree, list(same))
        return tree.bytes
    except (libcst.ParserSyntaxError, RecursionError):
        return source


def _changed(tree: libcst.Module, changes: list[Change]) -> libcst.Module:
    """Changes of one place, made together: the first would move the lines that the others are known by."""
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    change = changes[0]
    if change.kind == "append":
        return reduce(_appended, changes, tree)
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    values = {each.name: libcst.parse_expression(each.code) for each in changes}
    value = values[change.name]

    class Edit(libcst.CSTTransformer):
        """One change, at the one place it was meant for."""

        def leave_Call(self, original: libcst.Call, updated: libcst.Call) -> libcst.BaseExpression:  # noqa: N802
            if change.kind == "keyword" and _named(original.func) == change.callee and self._is_here(original):
                for name, held in values.items():
                    updated = _with_keyword(updated, name, held)
            return updated

        def leave_Arg(self, original: libcst.Arg, updated: libcst.Arg) -> libcst.Arg:  # noqa: N802
            named = original.keyword is not None and original.keyword.value == change.name
            fits = change.kind == "value" and named and self._holds(original)
            return updated.with_changes(value=value) if fits else updated

        def leave_Assign(self, original: libcst.Assign, updated: libcst.Assign) -> libcst.Assign:  # noqa: N802
            names = {_named(target.target) for target in original.targets}
            fits = change.kind == "value" and change.name in names and self._holds(original)
            return updated.with_changes(value=value) if fits else updated

        def leave_DictElement(  # noqa: N802
            self, original: libcst.DictElement, updated: libcst.DictElement
        ) -> libcst.DictElement:
            fits = change.kind == "value" and _named(original.key) == change.name and self._holds(original)
            return updated.with_changes(value=value) if fits else updated

        def _is_here(self, node: libcst.CSTNode) -> bool:
            place = positions[node]
            return (place.start.line, place.end.line) == (change.where.line_start, change.where.line_end)

        def _holds(self, node: libcst.CSTNode) -> bool:
            place = positions[node]
            return bool(place.start.line <= change.where.line_start <= place.end.line)

    return wrapper.module.visit(Edit())


def _named(node: libcst.CSTNode) -> str:
    """The last word of a name, an attribute, a subscript or a string."""
    import libcst

    if isinstance(node, libcst.Name):
        return node.value
    if isinstance(node, libcst.Attribute):
        return node.attr.value
    if isinstance(node, libcst.SimpleString):
        return str(node.evaluated_value)
    if isinstance(node, libcst.Subscript) and isinstance(node.slice[0].slice, libcst.Index):
        return _named(node.slice[0].slice.value)
    return ""


def _with_keyword(call: libcst.Call, name: str, value: libcst.BaseExpression) -> libcst.Call:
    import libcst

    arguments = list(call.args)
    for number, argument in enumerate(arguments):
        if argument.keyword is not None and argument.keyword.value == name:
            arguments[number] = argument.with_changes(value=value)
            return call.with_changes(args=arguments)
    tight = libcst.AssignEqual(libcst.SimpleWhitespace(""), libcst.SimpleWhitespace(""))
    last = arguments[-1] if arguments else None
    comma = last.comma if last is not None else libcst.MaybeSentinel.DEFAULT
    if last is not None:
        # A comma at the end of the last line is the style of the call; the new argument keeps it.
        between = _between(arguments, call)
        arguments[-1] = last.with_changes(
            comma=libcst.Comma(whitespace_after=between), whitespace_after_arg=libcst.SimpleWhitespace("")
        )
    arguments.append(libcst.Arg(keyword=libcst.Name(name), value=value, equal=tight, comma=comma))
    return call.with_changes(args=arguments)


def _between(arguments: list[libcst.Arg], call: libcst.Call) -> libcst.BaseParenthesizableWhitespace:
    """The space between two arguments, as the call writes it already."""
    import libcst

    if len(arguments) > 1 and isinstance(arguments[-2].comma, libcst.Comma):
        return arguments[-2].comma.whitespace_after
    opening = call.whitespace_before_args
    return opening if isinstance(opening, libcst.ParenthesizedWhitespace) else libcst.SimpleWhitespace(" ")


def _appended(tree: libcst.Module, change: Change) -> libcst.Module:
    import libcst

    for statement in tree.body:
        for part in statement.body if isinstance(statement, libcst.SimpleStatementLine) else ():
            if isinstance(part, libcst.Assign) and change.name in {_named(t.target) for t in part.targets}:
                return tree
    added = libcst.parse_statement(f"{change.name} = {change.code}\n")
    end = _end_of_own(list(tree.body))
    return tree.with_changes(body=[*tree.body[:end], added, *tree.body[end:]])


def _end_of_own(body: list[libcst.SimpleStatementLine | libcst.BaseCompoundStatement]) -> int:
    """Where a module's own settings end: before what takes over. A star above the first of them is the base below.

    So is the first star of a module that has none. `from .local import *` takes over wherever it stands.
    """
    stars = [number for number, each in enumerate(body) if _takes_over(each)]
    own = next((number for number, each in enumerate(body) if _sets(each)), stars[0] if stars else len(body))
    return next((number for number in stars if number > own or _is_local(body[number])), len(body))


def _is_local(statement: libcst.CSTNode) -> bool:
    """`from .local import *`, `from shop.settings_local import *`: what one place says, also when it stands above."""
    import libcst
    from libcst import matchers

    found = matchers.findall(statement, matchers.ImportFrom(names=matchers.ImportStar()))
    named = [_named(each.module) for each in found if isinstance(each, libcst.ImportFrom) and each.module is not None]
    return any("local" in name.lower().split("_") for name in named)


def _sets(statement: libcst.CSTNode) -> bool:
    import libcst

    parts = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    return any(isinstance(part, libcst.Assign | libcst.AnnAssign) for part in parts)


def _takes_over(statement: libcst.CSTNode) -> bool:
    """`from .local import *`, also within `try`, `if` or `with`: what stands there decides, so it stays last."""
    import libcst
    from libcst import matchers

    star = matchers.ImportFrom(names=matchers.ImportStar())
    simple = isinstance(statement, libcst.SimpleStatementLine | libcst.Try | libcst.If | libcst.With)
    scope = matchers.Call(func=matchers.Name("globals") | matchers.Name("locals"))
    return simple and bool(matchers.findall(statement, star | scope))
