"""Nothing in the settings makes browsers and clients use HTTPS.

A bearer token works for whoever reads it on the way. Without a redirect and HSTS the first request of every
visit may travel over plain HTTP, with its token or session; without the Secure flag the cookies follow it.

Judged over all layers of the production settings: one finding for all that is missing. When some of the
four settings are there, the rest is shown to the pedantic persona only, since a proxy often does the
redirect.

Fix: the four settings, and `SECURE_PROXY_SSL_HEADER` when TLS ends at a proxy that overwrites that header.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Change, Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import Absent, Known, leaves

ID = "BT202"
TITLE = "HTTPS is not enforced"
CWE = "CWE-319"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_WANTED = {
    "SECURE_SSL_REDIRECT": "True",
    "SECURE_HSTS_SECONDS": "31_536_000",
    "SESSION_COOKIE_SECURE": "True",
    "CSRF_COOKIE_SECURE": "True",
}


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        missing = [name for name in _WANTED if settings.whole and _is_off(settings, name)]
        if missing:
            some = len(missing) < len(_WANTED)
            yield Hit(
                where=settings.head,
                message=f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set in "
                f"{settings.site.production} or the layers below it.",
                attack="On a shared network the attacker answers a plain request and reads its token.",
                fix="\n".join(f"{name} = {_WANTED[name]}" for name in missing),
                severity=Severity.LOW if some else None,
                persona=Persona.PEDANTIC if some else None,
                changes=tuple(_change(settings, name) for name in missing),
            )


def _is_off(settings: Settings, name: str) -> bool:
    return all(
        isinstance(option, Absent) or (isinstance(option, Known) and not option.value)
        for option in leaves(settings.get(name))
    )


def _change(settings: Settings, name: str) -> Change:
    """What is switched off is switched on where it stands; what is missing is added."""
    off = [option.where for option in leaves(settings.get(name)) if isinstance(option, Known)]
    if off:
        return Change("value", off[0], name, _WANTED[name])
    return Change("append", settings.head, name, _WANTED[name])
