"""The hooks of second factors: seeds encrypted at rest, and a relying party named by the settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...errors import ConfigurationError
from . import seeds


class BearerFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """What the setting of allauth for second factors names.

    Attributes:
        rp_id: The domain that passkeys are made for. Empty means the host of the issuer. Derive a class to name a
            wider domain that the pages and the API share. It is never the `Host` of a request.
        rp_name: The name that people see when they make a passkey. Empty means the `rp_id`.

    Source:
        WebAuthn Level 3 section 5.1.2 (RP ID), OWASP ASVS 13.3.1 (secrets at rest).
    """

    rp_id = ""
    rp_name = ""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the relying party, by the settings alone.

        Returns:
            A mapping with `id` and `name`.

        Raises:
            ConfigurationError: Neither `rp_id` nor the issuer names a host.
        """
        rp_id = self.rp_id or urlsplit(conf.issuer(context.request)).hostname or ""
        if not rp_id:
            raise ConfigurationError("set rp_id in a class derived from BearerFactors: the issuer names no host.")
        return {"id": rp_id, "name": self.rp_name or rp_id}

    def _get_site_name(self) -> str:
        """The name that an authenticator app shows; allauth's own would be the `Host` of the request."""
        return self.get_public_key_credential_rp_entity()["name"]

    @sensitive_variables()
    def encrypt(self, text: str) -> str:
        """Encrypt a seed for its row, under the first of `KEY_ENCRYPTION_KEYS`.

        Args:
            text: The seed.

        Returns:
            What the row stores.
        """
        return seeds.encrypted(text)

    @sensitive_variables()
    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a stored seed, with any of `KEY_ENCRYPTION_KEYS`. One in allauth's own plain form is read as it is.

        Args:
            encrypted_text: What the row stores.

        Returns:
            The seed.

        Raises:
            KeyDecryptionFailed: None of the keys has encrypted it.
        """
        return seeds.readable(encrypted_text)


class AllauthFactor:
    """allauth's factors for our own endpoints: set `BEARER["SECOND_FACTOR"]` to its dotted name.

    A user who has any factor at allauth must show one, also where a login came by another way.
    """

    def is_enrolled(self, user: Any) -> bool:
        """Tell whether this user has a second factor at allauth.

        Args:
            user: A user who has proved a first factor.

        Returns:
            True for a user who has one.
        """
        from allauth.mfa.utils import is_mfa_enabled

        return bool(is_mfa_enabled(user))

    @sensitive_variables()
    def verify(self, user: Any, code: str) -> Any:
        """Tell whether a TOTP code or a recovery code is right. A passkey needs allauth's own endpoints.

        Args:
            user: The user whose login it is.
            code: What the client sent.

        Returns:
            The methods it proves, none for a wrong code.

        Raises:
            LoginRefused: None takes the code, and a factor that is stored cannot be read.
        """
        from .codes import matching

        found = matching(user, code)
        if found is None:
            return []
        found.record_usage()
        return ["otp"]

    def factors_fingerprint(self, user: Any) -> str:
        """Return a str that changes when a device, a passkey or the recovery codes are added, replaced or removed.

        Args:
            user: A user who has proved a first factor.

        Returns:
            The str.
        """
        from allauth.mfa.models import Authenticator

        found = Authenticator.objects.filter(user_id=user.pk).order_by("pk")
        return "|".join(
            f"{pk} {kind} {at.timestamp()}" for pk, kind, at in found.values_list("pk", "type", "created_at")
        )

    def verified_email(self, user: Any) -> str:
        """Return the address that this user has verified: the primary one, if there are several.

        Args:
            user: A user who has proved a first factor.

        Returns:
            The address, or an empty str.
        """
        from allauth.account.models import EmailAddress

        found = EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "pk").first()
        return "" if found is None else str(found.email)

    @sensitive_variables()
    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        """Begin with a TOTP device.

        Args:
            user: A user who has shown a mailed code, or an administrator's.

        Returns:
            A mapping with the secret and the URL that a QR code shows, and the secret.
        """
        from allauth.mfa.adapter import get_adapter
        from allauth.mfa.totp.internal.auth import generate_totp_secret

        secret = generate_totp_secret()
        return {"secret": secret, "totp_url": get_adapter().build_totp_url(user, secret)}, secret

    @sensitive_variables()
    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, list[str]] | None:
        """Store the device once its first code is right.

        Args:
            user: The user.
            secret: The secret of the device.
            code: What the client sent.

        Returns:
            A mapping with the recovery codes, which are shown this once; None for a wrong code.
        """
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
        from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code

        if not validate_totp_code(secret, code):
            return None
        TOTP.activate(user, secret)
        codes = RecoveryCodes.activate(user)
        codes.mark_as_viewed()
        return {"recovery_codes": list(codes.get_unused_codes())}

    def remove_factors(self, user: Any) -> None:
        """Remove every factor of this user at allauth: devices, passkeys and recovery codes.

        Args:
            user: The user.
        """
        from allauth.mfa.models import Authenticator

        Authenticator.objects.filter(user_id=user.pk).delete()
