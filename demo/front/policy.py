"""Who may log in: whoever has confirmed an address, also at `login/`, which asks for a password only."""

from __future__ import annotations

from django_bearer import Allow, LoginAttempt, Refuse


def policy(attempt: LoginAttempt) -> Allow | Refuse:
    """What `LOGIN_POLICY` names."""
    from allauth.account.models import EmailAddress

    if EmailAddress.objects.filter(user_id=attempt.user.pk, verified=True).exists():
        return Allow()
    return Refuse("address_not_confirmed", "Confirm your e-mail address first.")
