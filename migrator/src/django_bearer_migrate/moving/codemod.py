"""Changes of Python source that keep everything else as it is written, by libcst."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.commands.rename import RenameCommand
from libcst.codemod.visitors import AddImportsVisitor

REVIEW = "# Review: "


def rename(source: str, names: Mapping[str, str]) -> str:
    """Names that are imported or used, and strings that hold one whole, such as those of settings."""
    for old, new in names.items():
        if old.rpartition(".")[2] in source and old.partition(".")[0] in source:
            source = RenameCommand(CodemodContext(), old, new).transform_module(cst.parse_module(source)).code
            source = cst.parse_module(source).visit(_Strings({old: new})).code
    return source


class _Strings(cst.CSTTransformer):
    """Renames strings, leaves one of two that are the same in a list from then on, and puts ours before sessions."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.List:  # noqa: N802 - libcst's name
        return updated_node.with_changes(elements=self._once(updated_node.elements))

    def leave_Tuple(self, original_node: cst.Tuple, updated_node: cst.Tuple) -> cst.Tuple:  # noqa: N802 - libcst's name
        return updated_node.with_changes(elements=self._once(updated_node.elements))

    def _once(self, elements: Sequence[cst.BaseElement]) -> list[cst.BaseElement]:
        new, kept = frozenset(self.names.values()), list[cst.BaseElement]()
        for each in elements:
            held = each.value.raw_value if isinstance(each.value, cst.SimpleString) else None
            if held not in new or not any(_holds(other, str(held)) for other in kept):
                kept.append(each)
        return _before_sessions(kept) if any(new_name.endswith(BEARER) for new_name in new) else kept

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:  # noqa: N802 - libcst's name
        new = self.names.get(str(updated_node.raw_value))
        if new is None:
            return updated_node
        quote = updated_node.quote
        return updated_node.with_changes(value=f"{updated_node.prefix}{quote}{new}{quote}")


BEARER, SESSIONS = ".BearerAuthentication", ".SessionAuthentication"


def _before_sessions(elements: list[cst.BaseElement]) -> list[cst.BaseElement]:
    """The same list with our authentication before that of sessions, which takes every request that has a user."""
    names = [f".{_last_name(each.value)}" for each in elements]
    if BEARER not in names or SESSIONS not in names or names.index(BEARER) < names.index(SESSIONS):
        return elements
    values = [each.value for each in elements]
    values.insert(names.index(SESSIONS), values.pop(names.index(BEARER)))
    return [each.with_changes(value=value) for each, value in zip(elements, values, strict=True)]


def _last_name(node: cst.BaseExpression) -> str:
    return str(node.raw_value).rpartition(".")[2] if isinstance(node, cst.SimpleString) else _last(node)


def _holds(element: cst.BaseElement, text: str) -> bool:
    return isinstance(element.value, cst.SimpleString) and element.value.raw_value == text


def decorate(source: str, reasons: Mapping[str, str]) -> tuple[str, list[str]]:
    """Put `@public` on classes and functions by their names, with why. Returns what was not found, too."""
    visitor = _Decorate(reasons)
    changed = cst.parse_module(source).visit(visitor)
    missing = [name for name in reasons if name not in visitor.found]
    if changed.code == source:
        return source, missing
    return _with_import(changed.code), missing


class _Decorate(cst.CSTTransformer):
    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = reasons
        self.stack: list[str] = []
        self.found: set[str] = set()

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802 - libcst's name
        self.stack.append(node.name.value)
        return True

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
        self.stack.append(node.name.value)
        return True

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:  # noqa: N802 - libcst's name
        return self._leave(updated_node)  # type: ignore[no-any-return]

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: N802 - libcst's name
        return self._leave(updated_node)  # type: ignore[no-any-return]

    def _leave(self, node: Any) -> Any:
        name = ".".join(self.stack)
        self.stack.pop()
        if name not in self.reasons or name in self.found:
            return node
        self.found.add(name)
        if any(_is_public(each.decorator) for each in node.decorators):
            return node
        comment = cst.EmptyLine(comment=cst.Comment(f"{REVIEW}{self.reasons[name]}"))
        # The comment above the class or function stays above its decorators.
        first = cst.Decorator(decorator=cst.Name("public"), leading_lines=[*_lines(node), comment])
        if node.decorators:
            kept = [node.decorators[0].with_changes(leading_lines=[]), *node.decorators[1:]]
            first = first.with_changes(
                leading_lines=[*node.leading_lines, *node.decorators[0].leading_lines, comment]
            )
            return node.with_changes(decorators=[first, *kept], leading_lines=[])
        return node.with_changes(decorators=[first], leading_lines=[], lines_after_decorators=[])


def _lines(node: Any) -> list[cst.EmptyLine]:
    return list(node.leading_lines)


def _is_public(decorator: cst.BaseExpression) -> bool:
    return _last(decorator) == "public"


def _last(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _with_import(source: str) -> str:
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, "django_bearer", "public")
    # A name that nobody uses yet would be left out otherwise.
    return AddImportsVisitor(context).transform_module(cst.parse_module(source)).code


def wrap_views(source: str, meant: Callable[[str], str | None]) -> tuple[str, set[str]]:
    """Wrap `Name.as_view(…)` of packages' views in `public()`. Returns which views were.

    `meant` says which view an expression such as `auth_views.LoginView` names in this module; None for another one.
    """
    visitor = _Wrap(meant)
    changed = cst.parse_module(source).visit(visitor)
    return (_with_import(changed.code) if visitor.found else source), visitor.found


class _Wrap(cst.CSTTransformer):
    def __init__(self, meant: Callable[[str], str | None]) -> None:
        self.meant = meant
        self.found: set[str] = set()
        self.inside = 0

    def visit_Call(self, node: cst.Call) -> bool:  # noqa: N802 - libcst's name
        self.inside += _is_public(node.func)
        return True

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802 - libcst's name
        if _is_public(original_node.func):
            self.inside -= 1
            return updated_node
        func = original_node.func
        if not isinstance(func, cst.Attribute) or func.attr.value != "as_view" or self.inside:
            return updated_node
        view = self.meant(_dotted(func.value))
        if view is None:
            return updated_node
        self.found.add(view)
        return cst.Call(func=cst.Name("public"), args=[cst.Arg(updated_node)])


def _dotted(node: cst.BaseExpression) -> str:
    """A name with its dots, or an empty string for anything else."""
    if isinstance(node, cst.Attribute):
        outer = _dotted(node.value)
        return f"{outer}.{node.attr.value}" if outer else ""
    return node.value if isinstance(node, cst.Name) else ""


def edit_lists(source: str, edits: Mapping[str, Callable[[Sequence[str]], tuple[list[str], list[str]]]]) -> str:
    """Add strings at the beginning and at the end of lists, by their names: where a list is written out, in it; where
    it is put together of others, in a line below the last one that changes it."""
    module = cst.parse_module(source)
    for name, edit in edits.items():
        bound = _Bound(name)
        module.visit(bound)
        before, after = edit(bound.strings)
        if not bound.there or not (before or after):
            continue
        if isinstance(bound.value, cst.List | cst.Tuple):
            module = module.visit(_Lists(name, before, after))
        else:
            module = _below(module, name, before, after)
    return module.code


class _Bound(cst.CSTVisitor):
    """What a module does to a list: the value it is first assigned, and every string that is put into it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.there = False
        self.value: cst.BaseExpression | None = None
        self.strings: list[str] = []

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802 - libcst's name
        if any(_last(target.target) == self.name for target in node.targets):
            self._take(node.value, len(node.targets) == 1)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:  # noqa: N802 - libcst's name
        if _last(node.target) == self.name and node.value is not None:
            self._take(node.value, True)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:  # noqa: N802 - libcst's name
        if _last(node.target) == self.name:
            self._take(node.value, False)

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - libcst's name
        if isinstance(node.func, cst.Attribute) and _last(node.func.value) == self.name:
            for each in node.args:
                self._take(each.value, False)

    def _take(self, value: cst.BaseExpression, may_be_extended: bool) -> None:
        if not self.there and may_be_extended:
            self.value = value
        self.there = True
        held = _Held()
        value.visit(held)
        self.strings += held.strings


class _Held(cst.CSTVisitor):
    def __init__(self) -> None:
        self.strings: list[str] = []

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802 - libcst's name
        self.strings.append(str(node.raw_value))


def _below(module: cst.Module, name: str, before: list[str], after: list[str]) -> cst.Module:
    """The module with a line below the last statement that changes a list."""
    places = [number for number, line in enumerate(module.body) if _changes(line, name)]
    listed = ", ".join([*map(repr, before), f"*{name}", *map(repr, after)]).replace("'", '"')
    line = cst.parse_statement(f"{name} = [{listed}]\n")
    body = list(module.body)
    body.insert(places[-1] + 1, line)
    return module.with_changes(body=body)


def _changes(line: cst.CSTNode, name: str) -> bool:
    bound = _Bound(name)
    line.visit(bound)
    return bound.there


class _Lists(cst.CSTTransformer):
    def __init__(self, name: str, before: list[str], after: list[str]) -> None:
        self.name, self.before, self.after = name, before, after

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:  # noqa: N802 - libcst's name
        found: cst.Assign = self._with(updated_node, updated_node.targets[0].target)
        return found

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.AnnAssign:  # noqa: N802 - libcst's name
        found: cst.AnnAssign = self._with(updated_node, updated_node.target)
        return found

    def _with(self, node: Any, target: cst.BaseExpression) -> Any:
        """Each list that is written out, such as those of two branches; not one that is made of the list itself."""
        value = node.value
        if not isinstance(target, cst.Name) or target.value != self.name:
            return node
        if not isinstance(value, cst.List | cst.Tuple) or any(_is_all_of(each, self.name) for each in value.elements):
            return node
        return node.with_changes(value=_extended(value, self.before, self.after))


def _is_all_of(element: cst.BaseElement, name: str) -> bool:
    return isinstance(element, cst.StarredElement) and _last(element.value) == name


def _extended(value: cst.List | cst.Tuple, before: list[str], after: list[str]) -> cst.BaseExpression:
    """The same list with more strings, each with the comma and the line break of the others."""
    elements = list(value.elements)
    first = elements[0].comma if elements and isinstance(elements[0].comma, cst.Comma) else _COMMA
    head = [cst.Element(_string(text), comma=first) for text in before]
    if elements and after:
        last = elements[-1].comma
        closing = last if isinstance(last, cst.Comma) else cst.MaybeSentinel.DEFAULT
        elements[-1] = elements[-1].with_changes(comma=first)
        tail = [cst.Element(_string(text), comma=first) for text in after]
        tail[-1] = tail[-1].with_changes(comma=closing)
    else:
        tail = [cst.Element(_string(text), comma=_COMMA) for text in after]
    return value.with_changes(elements=[*head, *elements, *tail])


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _string(text: str) -> cst.SimpleString:
    return cst.SimpleString(f'"{text}"')


def assigns(source: str, name: str) -> bool:
    """Whether a module assigns a name at its top, with or without a type."""
    return any(
        _is_assignment(each, name)
        for line in cst.parse_module(source).body
        if isinstance(line, cst.SimpleStatementLine)
        for each in line.body
    )


def _is_assignment(statement: cst.BaseSmallStatement, name: str) -> bool:
    if isinstance(statement, cst.AnnAssign):
        return statement.value is not None and _last(statement.target) == name
    return isinstance(statement, cst.Assign) and any(_last(target.target) == name for target in statement.targets)


def without(source: str, name: str, strings: frozenset[str]) -> str | None:
    """A module without the assignment of a name, and without strings in its lists; None where that leaves no code."""
    try:
        return cst.parse_module(source).visit(_Without(name, strings)).code
    except (cst.CSTValidationError, cst.ParserSyntaxError):
        return None


def imports(source: str) -> list[tuple[int, str]]:
    """The dotted names that a module imports from anywhere but its own package, each with its line.

    Of a source that cannot be parsed there are none.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(each.lineno, each.name) for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(each.lineno, f"{node.module}.{each.name}") for each in node.names]
    return sorted(found)


def mentions(source: str, names: Sequence[str], code_only: bool = False) -> list[tuple[int, str]]:
    """The lines that speak of a name, each with its number; `code_only` leaves out comments and docstrings.

    Of a source that cannot be parsed, every line counts.
    """
    skipped = _not_code(source) if code_only else frozenset()
    return [
        (number, line.strip())
        for number, line in enumerate(source.splitlines(), 1)
        if any(name in line for name in names)
        and number not in skipped
        and not (code_only and line.lstrip().startswith("#"))
    ]


def _not_code(source: str) -> frozenset[int]:
    """The lines of strings that stand alone, such as docstrings."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return frozenset()
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


class _Without(cst.CSTTransformer):
    def __init__(self, name: str, strings: frozenset[str]) -> None:
        self.name, self.strings = name, strings

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802 - libcst's name
        return False

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        for each in updated_node.body:
            if isinstance(each, cst.Assign) and any(_root(target.target) == self.name for target in each.targets):
                return cst.RemoveFromParent()
            if isinstance(each, cst.AnnAssign | cst.AugAssign) and _root(each.target) == self.name:
                return cst.RemoveFromParent()
        return updated_node

    def leave_Element(  # noqa: N802 - libcst's name
        self, original_node: cst.Element, updated_node: cst.Element
    ) -> cst.Element | cst.RemovalSentinel:
        held = updated_node.value
        gone = isinstance(held, cst.SimpleString) and held.raw_value in self.strings
        return cst.RemoveFromParent() if gone else updated_node


def _root(node: cst.BaseExpression) -> str:
    while isinstance(node, cst.Subscript | cst.Attribute):
        node = node.value
    return _last(node)
