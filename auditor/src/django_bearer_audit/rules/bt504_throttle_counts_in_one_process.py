"""Throttles count in a cache that is not shared, or not kept.

Throttles keep their counts in the default cache. The memory of a process is the cache when CACHES is not
set: each worker counts for itself and forgets at every restart, so the limit is a multiple of what is
written. The dummy cache keeps nothing, and no throttle ever fires.

Not reported: a shared backend, a backend that cannot be known here, projects without throttles.

Fix: a cache that all processes share.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Source
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Known, Value, leaves, never_set, text

ID = "BT504"
TITLE = "Throttle counts in one process"
CWE = "CWE-307"
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_FIX = """CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["REDIS_URL"],
    },
}"""


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        if not _throttles(project, settings):
            continue
        backend = settings.get("CACHES", "default", "BACKEND")
        if never_set(settings.get("CACHES")) and settings.whole:
            where = settings.missing("CACHES")
            yield Hit(where, "CACHES is not set, so each process counts for itself.", _attack(), _FIX)
        elif _is(backend, "LocMemCache"):
            yield Hit(backend.where, "The default cache is the memory of one process.", _attack(), _FIX)
        elif _is(backend, "DummyCache"):
            told = "The default cache keeps nothing, so no throttle ever fires."
            yield Hit(backend.where, told, _attack(), _FIX, severity=Severity.MEDIUM)


def _throttles(project: Project, settings: Settings) -> bool:
    names = settings.names("REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES")
    in_views = any(
        e.throttle.names and e.throttle.source is not Source.BODY and project.settings_for(e.where.path) is settings
        for e in project.routes.table.endpoints
    )
    return bool(names) or in_views


def _is(backend: Value, name: str) -> bool:
    """Whatever else the environment may choose, each known choice is this one."""
    found = [text(leaf) if isinstance(leaf, Known) else None for leaf in leaves(backend)]
    return bool(found) and all(each is not None and each.endswith(name) for each in found)


def _attack() -> str:
    return "The limit is as many times higher as there are workers, and a restart forgets it."
