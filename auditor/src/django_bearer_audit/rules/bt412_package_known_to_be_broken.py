"""A package is asked for in a version whose authentication is known to be broken.

The table is small and dated: only flaws that let somebody forge or keep a login, each with its advisory. What
is locked, pinned or held below the fix is reported; a floor that merely allows an old version is shown to the
pedantic persona, because a fresh install takes a newer one, and so are flaws of low severity.

Fix: raise the floor to the fixed version and lock again.
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.advisories import ADVISORIES, Advisory
from django_bearer_audit.project.dependencies import Requirement, Version, older

ID = "BT412"
TITLE = "Package known to be broken"
CWE = "CWE-1395"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR


def check(project: Project) -> Iterator[Hit]:
    for requirement in project.requirements:
        found = [(advisory, _verdict(requirement, advisory)) for advisory in ADVISORIES]
        told = [(advisory, persona) for advisory, persona in found if persona is not None]
        if told:
            sure = [advisory for advisory, persona in told if persona is Persona.REGULAR]
            yield _hit(requirement, sure or [advisory for advisory, _ in told], bool(sure))


def _verdict(requirement: Requirement, advisory: Advisory) -> Persona | None:
    """Who should see it: everybody when a broken version is what gets installed."""
    if requirement.name != advisory.package:
        return None
    everybody = Persona.PEDANTIC if advisory.severity is Severity.LOW else Persona.REGULAR
    pinned = requirement.pinned
    if pinned is not None:
        return everybody if _broken(pinned, advisory) else None
    ceiling = requirement.below
    if ceiling is not None and not older(advisory.fixed, ceiling):
        return everybody if older(advisory.since, ceiling) else None
    floors = [version for operator, version in requirement.clauses if operator in {">=", "~=", "^", "~", ">"}]
    return Persona.PEDANTIC if any(_broken(floor, advisory) for floor in floors) else None


def _broken(version: Version, advisory: Advisory) -> bool:
    return not older(version, advisory.since) and older(version, advisory.fixed)


def _hit(requirement: Requirement, advisories: list[Advisory], sure: bool) -> Hit:
    fixed = max(advisory.fixed for advisory in advisories)
    wanted = ".".join(map(str, fixed))
    said = ", ".join(f"{operator}{'.'.join(map(str, version))}" for operator, version in requirement.clauses)
    return Hit(
        where=requirement.where,
        message=f"{requirement.name} {said}: "
        + "; ".join(f"{advisory.id} ({advisory.what})" for advisory in advisories)
        + ".",
        attack="The flaw and how to use it are public.",
        fix=f"{requirement.name}>={wanted}",
        severity=max(advisory.severity for advisory in advisories) if sure else Severity.LOW,
        persona=Persona.REGULAR if sure else Persona.PEDANTIC,
    )
