"""Which views anybody may enter today: read off the resolved routes, as the auditor judges them.

A view that lets everybody in for some methods only is decorated on those methods where it defines them itself. Where
it does not, the class is decorated: the view still asks for what it asks for today.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERYBODY, USER = "everybody", "who is logged in"


@dataclass(frozen=True, slots=True)
class Target:
    """A view of the project to decorate: its file, its name inside it, and why."""

    file: Path
    name: str
    reason: str


@dataclass
class OpenViews:
    """What to decorate, views of packages by dotted name, and what a person has to decide."""

    targets: list[Target] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)
    review: list[str] = field(default_factory=list)


def find(routes: Iterable[Mapping[str, Any]], folder: Path) -> OpenViews:
    """What anybody may enter, by the auditor's route table (`routes` of its JSON)."""
    by_view: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for route in routes:
        by_view[_view_of(route)].append(route)
    found = OpenViews()
    for view, of_it in sorted(by_view.items()):
        opened = [route for route in of_it if route["who"] == EVERYBODY]
        file, name = locate(view)
        own = file is not None and _is_own(file, folder)
        for route in of_it:
            if own and route["who"] not in (EVERYBODY, USER):
                found.review.append(f"{route['method']} {route['route']} ({route['view']}): {route['who']}")
        if not opened:
            continue
        if file is None or not own:
            found.foreign[view] = reason(opened)
            found.paths[view] = sorted({str(route["route"]) for route in opened})
        else:
            found.targets += _targets(file, name, view, of_it, opened)
    return found


def _targets(file: Path, name: str, view: str, of_it: list[Any], opened: list[Any]) -> list[Target]:
    held = _object(view)
    if len(opened) == len(of_it) or not isinstance(held, type):
        return [Target(file, name, reason(opened))]
    handlers = {_handler(route): route for route in opened}
    own = [handler for handler in handlers if handler in vars(held)]
    if len(own) == len(handlers):
        return [Target(file, f"{name}.{handler}", reason([handlers[handler]])) for handler in sorted(own)]
    return [Target(file, name, f"{reason(opened)}; other methods are refused by the view itself, as before")]


def reason(opened: list[Any]) -> str:
    """Why a view is open today, for the comment above its decorator."""
    methods = ", ".join(dict.fromkeys(str(route["method"]) for route in opened))
    permission = opened[0]["permission"]
    names = ", ".join(str(name).rpartition(".")[2] for name in permission["names"] or ()) or "no permission"
    return f"anybody may enter today ({methods}): {names}, set by {permission['source']}"


def _view_of(route: Mapping[str, Any]) -> str:
    """The class or function of a route; the auditor names an action of a viewset after its class."""
    view = str(route["view"])
    outer, _, last = view.rpartition(".")
    held = _object(outer)
    return outer if isinstance(held, type) and last in dir(held) else view


def _handler(route: Mapping[str, Any]) -> str:
    view = str(route["view"])
    return view.rpartition(".")[2] if _view_of(route) != view else str(route["method"]).lower()


def _object(view: str) -> Any:
    module, names = _split(view)
    held: Any = sys.modules.get(module)
    for name in names:
        held = getattr(held, name, None)
    return held


def _split(view: str) -> tuple[str, list[str]]:
    parts = view.split(".")
    for number in range(len(parts) - 1, 0, -1):
        if ".".join(parts[:number]) in sys.modules:
            return ".".join(parts[:number]), parts[number:]
    return "", parts


def locate(view: str) -> tuple[Path | None, str]:
    """The file that defines a view, and its name inside that file."""
    module, names = _split(view)
    file = getattr(sys.modules.get(module), "__file__", None)
    held = _object(view)
    if held is not None and (defined := getattr(inspect.unwrap(held), "__module__", module)) != module:
        file = getattr(sys.modules.get(defined), "__file__", None)
    return (Path(file).resolve() if file else None), ".".join(names)


def _is_own(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and "site-packages" not in file.parts and file.suffix == ".py"
