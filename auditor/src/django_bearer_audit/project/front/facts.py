"""What a front-end file does with browser storage, as plain data that can be kept between runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Access:
    """A read, a write or a removal of one entry of a store."""

    action: str
    store: str
    key: str
    value: str
    line_start: int
    line_end: int
    function: int
    """Its place in `functions`, or -1 at the top of the file."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function by the name it is reached by, with what it calls, nested functions included."""

    name: str
    line_start: int
    line_end: int
    calls: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A URL built with a credential in its query."""

    parameter: str
    value: str
    line_start: int
    line_end: int
    function: int
    text: str


@dataclass(frozen=True, slots=True)
class Persisted:
    """State that a library writes to browser storage by itself; `kept` is None when it keeps all of it."""

    library: str
    store: str
    kept: tuple[str, ...] | None
    state: tuple[str, ...]
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Of the functions those that touch a store or build such a URL, and those around them."""

    accesses: tuple[Access, ...] = ()
    functions: tuple[Function, ...] = ()
    links: tuple[Link, ...] = ()
    persisted: tuple[Persisted, ...] = ()
    references: tuple[str, ...] = ()
    """Paths that it loads and that lead to what is left out by its name."""

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> FileFacts:
    """The reverse of `as_data`, after a trip through JSON."""
    return FileFacts(
        accesses=tuple(Access(**each) for each in data["accesses"]),
        functions=tuple(
            Function(**{**each, "calls": tuple(each["calls"]), "addresses": tuple(each["addresses"])})
            for each in data["functions"]
        ),
        links=tuple(Link(**each) for each in data["links"]),
        persisted=tuple(
            Persisted(
                **{
                    **each,
                    "kept": None if each["kept"] is None else tuple(each["kept"]),
                    "state": tuple(each["state"]),
                }
            )
            for each in data["persisted"]
        ),
        references=tuple(data["references"]),
    )
