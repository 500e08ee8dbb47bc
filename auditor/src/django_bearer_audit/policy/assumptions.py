"""What a project may state about the world around its code, and which findings that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django_bearer_audit.finding import Finding


class Assumption(NamedTuple):
    """A statement nobody can check from the source, with the reason somebody gave for it."""

    name: str
    reason: str


# Each answers what is missing in the code because something before it does the job; a wrong value that is
# written down (a cookie set to insecure, a key in the source) is answered by none.
KINDS: dict[str, Callable[[Finding], bool]] = {
    "tls-at-proxy": lambda finding: finding.rule == "BT202",
    "throttle-at-gateway": lambda finding: finding.row == 5 and finding.cwe in {"CWE-307", "CWE-770", "CWE-799"},
    "csp-at-proxy": lambda finding: finding.rule == "BT309",
    "authentication-at-gateway": lambda finding: finding.row == 8 and finding.cwe in {"CWE-306", "CWE-862"},
    "revocation-at-gateway": lambda finding: finding.row == 6 and finding.cwe == "CWE-613",
}


def answering(finding: Finding, assumed: tuple[Assumption, ...]) -> Assumption | None:
    return next((each for each in assumed if KINDS[each.name](finding)), None)
