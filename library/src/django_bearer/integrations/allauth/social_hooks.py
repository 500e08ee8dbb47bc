"""The hooks of logins at other sites: no account is joined by an address that either side has not verified."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from ...errors import LoginRefused


class BearerSocialAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What the setting of allauth for social accounts names. A project's own hooks are derived from it.

    Source:
        OpenID Connect Core 1.0 sections 5.3.2 and 5.7.
    """

    def authenticate_by_email(self, sociallogin: Any) -> tuple[Any, str] | None:
        """Find the account of an address that the other site has verified, where the account has verified it, too.

        allauth asks only where its settings turn logins by address on for the other site.

        Args:
            sociallogin: The login at the other site.

        Returns:
            The user and the address, or None.
        """
        found = super().authenticate_by_email(sociallogin)
        if found is None:
            return None
        user, email = found
        verified = EmailAddress.objects.filter(user_id=user.pk, email__iexact=email, verified=True)
        return (user, email) if verified.exists() else None

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse a login whose parts are about two people.

        Args:
            request: The request.
            sociallogin: The login at the other site.

        Raises:
            LoginRefused: The user information is not about whom the ID token names.
        """
        super().pre_social_login(request, sociallogin)
        said = sociallogin.account.extra_data
        parts = [said.get(name) for name in ("userinfo", "id_token")] if isinstance(said, dict) else []
        subjects = {str(part.get("sub")) for part in parts if isinstance(part, dict)}
        if len(subjects) > 1:
            raise provider_failed("the user information is about another person than the ID token")


def provider_failed(reason: str) -> LoginRefused:
    """The refusal of what came from the other site."""
    refused = LoginRefused(reason)
    refused.members = {"reason": "provider_failed"}
    return refused
