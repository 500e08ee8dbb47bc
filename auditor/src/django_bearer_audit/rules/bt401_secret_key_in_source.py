"""SECRET_KEY is written in the source.

Everyone who can read the repository, a backup, an image layer or a former laptop has the key. Django signs
sessions, password-reset links and messages with it, and most token packages sign their JWTs with it unless
told otherwise. A key that was ever committed stays in the history: moving it is not enough, it must be
replaced.

Silent when the key comes from the environment, a file or a generator, and where the settings refuse to start
with the literal. A literal that stands in for a missing environment variable is medium: whoever forgets the
variable gets it, and nothing tells him. One that only a branch of the settings takes is shown to the pedantic
persona.

Fix: read the key from the environment, fail to start without it, and rotate the one that leaked
(`SECRET_KEY_FALLBACKS` keeps sessions alive during the change).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Env, Known, leaves, text
from django_bearer_audit.project.walking import walk

ID = "BT401"
TITLE = "SECRET_KEY is written in the source"
CWE = "CWE-798"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIX = 'SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]  # no default: refuse to start without it'


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("SECRET_KEY")
        options = list(leaves(value))
        for option in options:
            if "{{" in (text(option) or ""):  # a template, filled when a project is made of it
                continue
            if isinstance(option, Known) and option.value and text(option):
                yield _hit(option, settings, project, one_of_many=len(options) > 1)
            elif isinstance(option, Env) and option.default is not None and text(option.default):
                refused = any(_refuses_it(module.tree) for module in settings.modules)
                yield _hit(option, settings, project, one_of_many=len(options) > 1 or refused)


def _refuses_it(tree: ast.Module) -> bool:
    """`if SECRET_KEY == DEFAULT: raise ImproperlyConfigured(…)`."""
    for node in tree.body:
        if isinstance(node, ast.If) and "SECRET_KEY" in ast.unparse(node.test):
            ends = (inner for statement in node.body for inner in walk(statement))
            if any(isinstance(each, ast.Raise) or (isinstance(each, ast.Call) and _exits(each)) for each in ends):
                return True
    return False


def _exits(call: ast.Call) -> bool:
    return ast.unparse(call.func) in {"sys.exit", "exit", "quit", "os._exit"}


def _hit(option: Known | Env, settings: Settings, project: Project, one_of_many: bool) -> Hit:
    tokens = "sessions and reset links" + (
        " and the JWTs of simplejwt"
        if project.uses("rest_framework_simplejwt") and not settings.set_here("SIMPLE_JWT")
        else ""
    )
    fallback = isinstance(option, Env)
    how = "falls back to a literal" if fallback or one_of_many else "is a literal"
    return Hit(
        where=option.where,
        message=f"SECRET_KEY {how} in {option.where}; production runs {settings.site.production}.",
        attack=f"Whoever has read the repository signs {tokens} of any user.",
        fix=_FIX,
        severity=Severity.LOW if one_of_many else Severity.MEDIUM if fallback else None,
        persona=Persona.PEDANTIC if one_of_many else None,
        confidence=Confidence.MEDIUM if settings.space.overlays else None,
    )
