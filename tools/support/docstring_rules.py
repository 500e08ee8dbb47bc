"""What a docstring of the public API must say, checked against the signature. Pure: griffe reads the source.

The convention is Google's sections, which mkdocstrings renders: `Args:`, `Returns:`, `Raises:`, `Attributes:`, and a
section of ours, `Source:`, which names the standard that the behaviour comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import griffe

UNIT = re.compile(
    r"seconds|microseconds|milliseconds|bytes|characters|status code|epoch|\bnumbers?\b|\bhow (?:many|full|often)\b",
    re.IGNORECASE,
)
"""Words of which one says what a number counts."""
SHAPE = re.compile(r"mapping|JSON|\blists?\b", re.IGNORECASE)
"""Words of which one says what a structure holds."""
SOURCE = re.compile(r"RFC \d+ sections? \d|RFC \d+ \(|OWASP |W3C |draft-ietf-")
"""A standard, and where in it."""
_NUMBER = re.compile(r"\b(int|float|timedelta)\b")
_STRUCTURE = re.compile(r"\b(Mapping|dict)\b")


def sections(item: Any) -> dict[str, Any]:
    """The sections of a docstring by kind: `text`, `parameters`, `returns`, `raises`, `attributes`, `source`."""
    found: dict[str, Any] = {}
    for section in item.docstring.parse("google", warnings=False) if item.docstring else ():
        if section.kind is griffe.DocstringSectionKind.admonition:
            found[section.value.kind] = section.value.contents
        else:
            found.setdefault(section.kind.value, section.value)
    return found


def faults(item: Any, *, raised: Iterable[str] = (), from_standard: bool = False) -> list[str]:
    """What the docstring of a function, class or module lacks; `raised` are the errors that it must name."""
    said = sections(item)
    if "text" not in said:
        return ["has no docstring"]
    found = [*_summary(item.docstring.value)]
    if item.is_function:
        found += [*_parameters(item, said), *_returns(item, said), *_raises(said, raised)]
    elif item.is_class:
        written = (
            None if "dataclass" in item.labels else item.members.get("__init__")
        )  # griffe makes up a dataclass's
        found += [*_parameters(written, said), *_attributes(item, said), *_raises(said, raised)]
    if from_standard and not SOURCE.search(said.get("source", "")):
        found.append("names no standard in a section Source")
    return found


def _summary(text: str) -> Iterator[str]:
    first = text.split("\n\n")[0]
    if "\n" in first:
        yield "does not begin with one line"
    elif not first.endswith("."):
        yield "does not begin with a sentence"


def _parameters(function: Any, said: dict[str, Any]) -> Iterator[str]:
    signature = list(function.parameters) if function is not None else []
    expected = {_written(one): one for one in signature if one.name not in ("self", "cls")}
    described = {one.name: one.description for one in said.get("parameters", ())}
    yield from (f"does not name the parameter {name}" for name in expected.keys() - described.keys())
    yield from (f"names a parameter {name} that there is not" for name in described.keys() - expected.keys())
    for name in expected.keys() & described.keys():
        yield from _explained(name, str(expected[name].annotation or ""), described[name])


def _written(parameter: Any) -> str:
    stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}
    return stars.get(parameter.kind, "") + str(parameter.name)


def _explained(name: str, annotation: str, description: str) -> Iterator[str]:
    if not description.strip():
        yield f"says nothing of {name}"
    if _NUMBER.search(annotation) and not UNIT.search(description):
        yield f"does not say what the number {name} counts"
    if _STRUCTURE.search(annotation) and not SHAPE.search(description):
        yield f"does not say what {name} holds"


def _returns(function: Any, said: dict[str, Any]) -> Iterator[str]:
    annotation = str(function.returns or "None")
    written = said.get("returns") or said.get("yields")
    if annotation == "None":
        if written:
            yield "says what it returns, and returns nothing"
    elif not written:
        yield "does not say what it returns"
    else:
        yield from _explained("that it returns", annotation, " ".join(one.description for one in written))


def _raises(said: dict[str, Any], raised: Iterable[str]) -> Iterator[str]:
    named = [str(one.annotation) for one in said.get("raises", ())]
    yield from (f"does not name the error {name}" for name in sorted(set(raised) - set(named)))
    yield from (f"names the error {name} twice" for name in sorted({name for name in named if named.count(name) > 1}))


def _attributes(item: Any, said: dict[str, Any]) -> Iterator[str]:
    fields = {
        name: member
        for name, member in item.members.items()
        if member.is_attribute and "property" not in member.labels and name[0] != "_"
    }
    described = {one.name: one.description for one in said.get("attributes", ())}
    if described or is_record(item):
        yield from (f"does not name the attribute {name}" for name in fields.keys() - described.keys())
    # An attribute may be inherited, or be set by an __init__ that is a base's: those are not unknown.
    known = fields.keys() | {name for base in item.mro() for name in base.members} if described else set()
    yield from (f"names an attribute {name} that there is not" for name in described.keys() - known)
    for name in fields.keys() & described.keys():
        member = fields[name]
        written = f"{member.annotation or ''} {'int' if 'TimestampField' in str(member.value) else ''}"
        yield from _explained(name, written, described[name])


def is_record(item: Any) -> bool:
    """Whether a class is its fields: a dataclass, a model or an enumeration."""
    bases = " ".join(str(base) for base in item.bases)
    return "dataclass" in item.labels or any(name in bases for name in ("models.Model", "StrEnum", "IntEnum"))


def named_errors(item: Any) -> list[str]:
    """The errors that a docstring names."""
    return [str(one.annotation) for one in sections(item).get("raises", ())]
