"""Second factors at allauth, under the name that an app for codes shows."""

from __future__ import annotations

from django_bearer.integrations.allauth.mfa_hooks import BearerFactors


class Factors(BearerFactors):
    """What `MFA_ADAPTER` names."""

    rp_id = "localhost"
    rp_name = "Notes (demo of django-bearer)"
