"""Which views anybody may enter today: read off the resolved routes, as the auditor judges them.

A view that lets everybody in for some methods only is decorated on those methods where it defines them itself. Where
it does not, the class is decorated: the view still asks for what it asks for today. So does a view whose own code
checks something, such as a signature: anybody enters it today, too.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERYBODY, USER, CHECKED = "everybody", "who is logged in", "who passes the view's own check"
ASKED = "everybody, by the project's own permission classes"
"""Said of a route whose permission classes were asked, and let a request without a login in."""
BODY, PACKAGE = "the view's code", "the package"
ASKS_FOR_A_LOGIN = frozenset(
    f"django.contrib.auth.mixins.{name}" for name in ("LoginRequiredMixin", "PermissionRequiredMixin")
)
"""What no anonymous request passes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A view of the project to decorate: its file, its name inside it, and why."""

    file: Path
    name: str
    reason: str


@dataclass
class OpenViews:
    """What to decorate, views of packages by dotted name, and what a person has to decide.

    `known` are all views of the table; `mixed` those of packages that are open on some paths and closed on others.
    """

    targets: list[Target] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)
    review: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    mixed: set[str] = field(default_factory=set)


def find(routes: Iterable[Mapping[str, Any]], folder: Path) -> OpenViews:
    """What anybody may enter, by the auditor's route table (`routes` of its JSON)."""
    by_view: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for route in routes:
        by_view[view_of(route)].append(route)
    found = OpenViews()
    found.known = set(by_view)
    for view, of_it in sorted(by_view.items()):
        opened = [route for route in of_it if is_open(route)]
        file, name = locate(view)
        own = file is not None and _is_own(file, folder)
        asked = [route for route in of_it if not is_open(route) and not _asks_for_a_login(route)]
        if own and asked:
            where = ", ".join(dict.fromkeys(f"{route['method']} {route['route']}" for route in asked))
            found.review.append(f"{view} ({where}): {asked[0]['who']}")
        if not opened:
            continue
        if file is None or not own:
            found.foreign[view] = reason(opened)
            found.paths[view] = sorted({str(route["route"]) for route in opened})
            if {str(route["route"]) for route in of_it} - set(found.paths[view]):
                found.mixed.add(view)
        else:
            found.targets += _targets(file, name, view, of_it, opened)
    return found


def is_open(route: Mapping[str, Any]) -> bool:
    """Whether the code of a route's view is entered by anybody today, whatever it then checks itself. Pure."""
    permission = route["permission"]
    if route["who"] in (EVERYBODY, ASKED):
        return True
    own_check = permission["source"] == BODY or (permission["source"] == PACKAGE and permission["names"] is None)
    return bool(route["who"] == CHECKED and own_check)


def _asks_for_a_login(route: Mapping[str, Any]) -> bool:
    names = route["permission"]["names"]
    known = route["permission"]["source"] == PACKAGE or (bool(names) and set(names) <= ASKS_FOR_A_LOGIN)
    return bool(route["who"] == USER or (route["who"] == CHECKED and known))


def public_paths(paths: Iterable[str], routes: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The paths as `BEARER["PUBLIC_PATHS"]` may have them, and those that it cannot: one that ends with a slash opens
    what lies below it, too. Pure."""
    closed = {str(route["route"]) for route in routes if not is_open(route)}
    named: list[str] = []
    left: list[str] = []
    for path in paths:
        plain = path.removesuffix("?")
        fits = not set(plain) & set("<>()[]^$\\*+?|%#") and len(plain.strip("/")) > 0
        if not fits or (plain.endswith("/") and any(each.startswith(plain) for each in closed)):
            left.append(path)
        else:
            named += [plain] if plain == path else [plain.rstrip("/"), plain]
    return list(dict.fromkeys(named)), left


def named(expression: str, module: Any, wanted: Container[str], known: Container[str]) -> str | None:
    """Which of the wanted views of packages an expression names in a loaded module, or None.

    The auditor names a subclass that changes nothing after the class of the package. One that the table names itself
    (`known`) is another view.
    """
    held = module
    for name in expression.split("."):
        held = getattr(held, name, None)
    for each in held.__mro__ if isinstance(held, type) else ():
        view = f"{each.__module__}.{each.__qualname__}"
        if view in wanted:
            return view
        if view in known or each.__name__ != held.__name__:
            return None
    return None


def _targets(file: Path, name: str, view: str, of_it: list[Any], opened: list[Any]) -> list[Target]:
    held = named_object(view)
    if len(opened) == len(of_it) or not isinstance(held, type):
        return [Target(file, name, reason(opened))]
    handlers = {handler_of(route): route for route in opened}
    own = [handler for handler in handlers if handler in vars(held)]
    if len(own) == len(handlers):
        return [Target(file, f"{name}.{handler}", reason([handlers[handler]])) for handler in sorted(own)]
    return [Target(file, name, f"{reason(opened)}; other methods are refused by the view itself, as before")]


def reason(opened: list[Any]) -> str:
    """Why a view is open today, for the comment above its decorator."""
    methods = ", ".join(dict.fromkeys(str(route["method"]) for route in opened))
    permission = opened[0]["permission"]
    if opened[0]["who"] == CHECKED:
        return f"anybody may enter today ({methods}), and the view's own code checks who goes on"
    names = ", ".join(str(name).rpartition(".")[2] for name in permission["names"] or ()) or "no permission"
    if opened[0]["who"] == ASKED:
        return f"anybody may enter today ({methods}): {names} lets a request without a login in"
    return f"anybody may enter today ({methods}): {names}, set by {permission['source']}"


def view_of(route: Mapping[str, Any]) -> str:
    """The class or function of a route; the auditor names an action of a viewset after its class."""
    view = str(route["view"])
    outer, _, last = view.rpartition(".")
    held = named_object(outer)
    return outer if isinstance(held, type) and last in dir(held) else view


def handler_of(route: Mapping[str, Any]) -> str:
    """The method of the view's class that a route calls."""
    view = str(route["view"])
    return view.rpartition(".")[2] if view_of(route) != view else str(route["method"]).lower()


def named_object(view: str) -> Any:
    """What a dotted name stands for among the modules that are loaded, or None."""
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
    held = named_object(view)
    if held is not None and (defined := getattr(inspect.unwrap(held), "__module__", module)) != module:
        file = getattr(sys.modules.get(defined), "__file__", None)
    return (Path(file).resolve() if file else None), ".".join(names)


def _is_own(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and "site-packages" not in file.parts and file.suffix == ".py"
