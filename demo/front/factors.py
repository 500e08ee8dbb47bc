"""Second factors at allauth, under the name that an app for codes shows."""

from __future__ import annotations

from typing import Any

from django_bearer.integrations.allauth.mfa_hooks import AllauthFactor, BearerFactors


class Factors(BearerFactors):
    """What `MFA_ADAPTER` names."""

    rp_id = "localhost"
    rp_name = "Notes (demo of django-bearer)"


class WithPicture(AllauthFactor):
    """What `SECOND_FACTOR` names: a first factor comes with its QR code, so that the secret goes to nobody else."""

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        """Begin with an app for codes."""
        from allauth.mfa.adapter import get_adapter

        shown, secret = super().begin_enrolment(user)
        return {**shown, "svg": get_adapter().build_totp_svg(shown["totp_url"])}, secret
