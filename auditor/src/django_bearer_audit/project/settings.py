"""The effective settings of one site: what Django would see in production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django_bearer_audit.finding import Place
from django_bearer_audit.project.run import Namespace
from django_bearer_audit.project.sites import Site
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import (
    Absent,
    Choice,
    Items,
    Named,
    Table,
    Unknown,
    Value,
    leaves,
    names,
    text,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Ask `get`; the answer is a value of the lattice, never a guess."""

    site: Site
    space: Namespace
    modules: tuple[Module, ...]
    """The production module and the layers below it, nearest first."""

    @property
    def head(self) -> Place:
        """Where a finding about something missing points: the top of the production module."""
        return Place(self.site.production)

    @property
    def whole(self) -> bool:
        """Whether something missing here is really missing: nothing unseen can set it."""
        return self.site.whole and not self.site.unseen and not self.space.overlays

    def get(self, name: str, *keys: str) -> Value:
        """A setting, or an entry of a dictionary setting: `get("SIMPLE_JWT", "ALGORITHM")`."""
        value = self.space.values.get(name)
        if value is None:
            return Absent(self.head) if self.whole else Unknown(self.head, "the settings are not all in this tree")
        for key in keys:
            value = _entry(value, key)
        return value

    def missing(self, name: str) -> Place:
        """Where a finding about a setting that is not there should point: at its commented-out self."""
        for module in self.modules:
            place = _commented_out(module, name)
            if place is not None:
                return place
        return self.head

    def set_here(self, name: str) -> bool:
        return name in self.space.values

    def names(self, name: str, *keys: str) -> tuple[str, ...] | None:
        """A setting that lists dotted names; None when it is not set or not all known."""
        return names(self.get(name, *keys))

    def installed(self, *packages: str) -> bool:
        """Whether an app of one of the packages is in INSTALLED_APPS, as far as the list is known."""
        return any(
            app == package or app.startswith(f"{package}.") for app in self.known_apps() for package in packages
        )

    def known_apps(self) -> Iterator[str]:
        for leaf in leaves(self.get("INSTALLED_APPS")):
            if isinstance(leaf, Items):
                for item in leaf.items:
                    for option in leaves(item):
                        name = option.name if isinstance(option, Named) else text(option)
                        if name:
                            yield name


def _commented_out(module: Module, name: str) -> Place | None:
    lines = module.text.splitlines()
    for number, line in enumerate(lines, 1):
        if re.match(rf"\s*#+\s*{name}\s*=", line):
            end = number
            while end < len(lines) and lines[end].lstrip().startswith("#"):
                end += 1
            return Place(module.path, number, end)
    return None


def _entry(value: Value, key: str) -> Value:
    match value:
        case Table():
            return value.get(key)
        case Choice(options=options, where=where):
            return Choice(tuple(_entry(option, key) for option in options), where)
        case Absent():
            return value
        case _:
            return Unknown(value.where)
