"""A second factor of the project's own, with one code for everybody, so that each step of it can be driven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRET, CODE, RECOVERY = "JBSWY3DPEHPK3PXP", "123456", "r3covery"


class Factor:
    """Whoever completes the enrolment has it. `enrolled` is emptied by the test."""

    enrolled: set[int] = set()
    """The keys of users."""
    address = "ann@example.com"

    def is_enrolled(self, user: Any) -> bool:
        return user.pk in self.enrolled

    def verify(self, user: Any, code: str) -> bool:
        return code in (CODE, "654321", RECOVERY)

    def verified_email(self, user: Any) -> str:
        return self.address

    def begin_enrolment(self, user: Any) -> tuple[Mapping[str, str], str]:
        return {"secret": SECRET, "totp_url": f"otpauth://totp/{user}?secret={SECRET}"}, SECRET

    def complete_enrolment(self, user: Any, secret: str, code: str) -> Mapping[str, Any] | None:
        if code != CODE:
            return None
        self.enrolled.add(user.pk)
        return {"recovery_codes": [RECOVERY]}
