"""What the audited project says about its audit: `[tool.django-bearer.audit]` in its pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django_bearer_audit.policy.assumptions import KINDS, Assumption
from django_bearer_audit.reading import MAX_CONFIGURATION, read
from django_bearer_audit.toml import parsed
from django_bearer_audit.writing import below


@dataclass(frozen=True, slots=True)
class Config:
    """Everything optional; the command line overrides it."""

    settings: str | None = None
    exclude: tuple[str, ...] = ()
    assume: tuple[Assumption, ...] = ()
    persona: str | None = None
    fail_on: str | None = None
    baseline: str | None = None


class Problem(NamedTuple):
    """Why a configuration or a baseline cannot be used. Never guessed around: the run ends with it."""

    told: str


_TEXTS = {"settings", "persona", "fail-on", "baseline"}
_TABLE = ("tool", "django-bearer", "audit")
_MAX_EXCLUDED, _MAX_PATTERN = 200, 200
_CHOICES = {"persona": ("regular", "pedantic"), "fail-on": ("low", "medium", "high", "never")}


def load(root: Path) -> Config | Problem:
    """The table of a project, or the defaults when it has none."""
    try:
        data = parsed(read(root, "pyproject.toml", MAX_CONFIGURATION).decode())
    except FileNotFoundError:
        return Config()
    except OSError as error:
        return Problem(f"pyproject.toml cannot be read: {error.strerror}")
    except ValueError as error:
        return Problem(f"pyproject.toml cannot be read: {error}")
    table: object = data
    for name in _TABLE:
        table = table.get(name, {}) if isinstance(table, dict) else None
    return _config(table) if isinstance(table, dict) else Problem("[tool.django-bearer.audit] is no table")


def _config(table: Mapping[str, Any]) -> Config | Problem:
    unknown = sorted(set(table) - _TEXTS - {"exclude", "assume"})
    if unknown:
        return Problem(f"[tool.django-bearer.audit] does not know {', '.join(unknown[:5])}")
    for name in _TEXTS & set(table):
        allowed = _CHOICES.get(name)
        if not isinstance(table[name], str) or (allowed and table[name] not in allowed):
            return Problem(f"{name} must be {' or '.join(allowed) if allowed else 'text'}")
    exclude = table.get("exclude", [])
    if not isinstance(exclude, list) or not all(isinstance(each, str) for each in exclude):
        return Problem("exclude must be a list of paths")
    if len(exclude) > _MAX_EXCLUDED or any(len(each) > _MAX_PATTERN for each in exclude):
        return Problem(f"exclude takes {_MAX_EXCLUDED} paths of {_MAX_PATTERN} characters")
    why = below(table.get("baseline", "baseline.json"))
    if why or not table.get("baseline", ".json").endswith(".json"):
        return Problem(f"baseline {why or 'must end with .json'}")
    assume = _assumptions(table.get("assume", []))
    if isinstance(assume, Problem):
        return assume
    return Config(
        settings=table.get("settings"),
        exclude=tuple(exclude),
        assume=assume,
        persona=table.get("persona"),
        fail_on=table.get("fail-on"),
        baseline=table.get("baseline"),
    )


def _assumptions(entries: object) -> tuple[Assumption, ...] | Problem:
    """`assume = [{ name = "tls-at-proxy", reason = "…" }]`; without a reason it is refused."""
    found = []
    for entry in entries if isinstance(entries, list) else [None]:
        name = entry.get("name") if isinstance(entry, dict) else entry
        reason = entry.get("reason", "") if isinstance(entry, dict) else ""
        if not isinstance(name, str) or name not in KINDS:
            return Problem(f"assume knows {', '.join(sorted(KINDS))}, not {name!r:.80}")
        if not isinstance(reason, str) or not reason.strip():
            return Problem(f"assume needs a reason: {{ name = {str(name)!r}, reason = '…' }}")
        found.append(Assumption(str(name), reason.strip()))
    return tuple(found)
