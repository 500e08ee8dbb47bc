"""DEBUG is on in the production settings.

The error page of Django's debug mode shows settings, local variables and the request, with headers and so
with bearer tokens, to whoever provokes an error. Debug mode also keeps every query in memory and turns off
host checking.

Judged on the effective value of the module taken for production: a `DEBUG = True` that a later layer or a
branch overrides is silent. An environment variable whose default is true counts, because forgetting it
opens the site; and so does one that is read as a text, because `DEBUG=False` is a text, and true.

Fix: `DEBUG = False` in production, and true only where the environment says so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.operations import truth
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Env, Known, Value, leaves, show, text

ID = "BT201"
TITLE = "DEBUG is on in production"
CWE = "CWE-489"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_READ = re.compile(r"^\s*DEBUG\s*(:[^=]+)?=\s*(os\.)?(environ\.get|getenv)\([^()]*\)\s*(#.*)?$")
_OFF = frozenset({"", "0", "false", "no", "off", "n", "f"})


_ATTACK = "Any error shows settings, local variables and the caller's Authorization header."
_FIX = 'DEBUG = os.environ.get("DJANGO_DEBUG") == "1"'
_TEXTS = frozenset({"os.environ.get", "os.getenv", "decouple.config"})


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("DEBUG")
        if not settings.site.whole:
            continue
        if all(_is_on(option, settings) for option in leaves(value)):
            yield Hit(
                where=value.where,
                message=f"DEBUG is {show(value)} in {settings.site.production}, taken for production because "
                f"{settings.site.why}.",
                attack=_ATTACK,
                fix=_FIX,
                confidence=Confidence.MEDIUM if settings.space.overlays else None,
            )
        else:
            yield from _texts(project, settings, value)


def _texts(project: Project, settings: Settings, value: Value) -> Iterator[Hit]:
    for option in leaves(value):
        if isinstance(option, Env) and _read_as_text(project, settings, option):
            yield Hit(
                where=option.where,
                message=f"DEBUG is whatever text stands in {option.name or 'the environment'}, and every text is "
                'true, "False" too.',
                attack=_ATTACK,
                fix=_FIX,
                confidence=Confidence.MEDIUM,
            )
            return


def _read_as_text(project: Project, settings: Settings, value: Env) -> bool:
    """The variable itself is assigned, without a conversion."""
    for module in (each for each in settings.modules if each.path == value.where.path):
        for assign in module.nodes(ast.Assign):
            named = any(isinstance(target, ast.Name) and target.id == "DEBUG" for target in assign.targets)
            if named and module.place(assign.value) == value.where:
                match assign.value:
                    case ast.Call(func=function, keywords=keywords, args=arguments):
                        cast = any(key.arg in {"cast", None} for key in keywords) or len(arguments) > 2
                        return not cast and project.qualname(module, function) in _TEXTS
                    case ast.Subscript(value=mapping):
                        return project.qualname(module, mapping) == "os.environ"
                    case _:
                        return False
    return False


def _is_on(value: Value, settings: Settings) -> bool:
    if isinstance(value, Env):
        if value.default is None:
            return False
        # `os.environ.get("DEBUG", "False")` is a text, and every text but the empty one is true
        return bool(text(value.default)) if _bare(value, settings) else _is_on(value.default, settings)
    said = text(value)
    if said is not None:  # packages read the word
        return said.lower() not in _OFF
    return isinstance(value, Known) and truth(value) is True


def _bare(value: Env, settings: Settings) -> bool:
    """Whether the environment is read without a conversion; then the default is what counts, as a text."""
    for module in settings.modules:
        if module.path == value.where.path and isinstance(value.default, Known):
            line = module.text.splitlines()[value.where.line_start - 1]
            return bool(_READ.search(line)) and isinstance(value.default.value, str)
    return False
