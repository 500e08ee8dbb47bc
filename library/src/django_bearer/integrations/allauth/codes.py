"""Codes of a second factor at allauth: which of a user's factors takes one, and each code once."""

from __future__ import annotations

from typing import Any

from allauth.headless.mfa.inputs import ActivateTOTPInput, AuthenticateInput
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.views.decorators.debug import sensitive_variables

from ...database import issuers
from ...errors import KeyDecryptionFailed
from ...sessions import limited_logins
from . import seeds

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
UNREADABLE = (KeyDecryptionFailed, KeyError, TypeError, ValueError)
"""What a row raises that another key encrypted, or that holds something else."""


@sensitive_variables()
def matching(user: Any, code: str) -> Authenticator | None:
    """The factor that takes this code, and has used it up; None for a wrong code.

    A factor that cannot be read takes none, and keeps no other from taking it. Raises `LoginRefused` where none takes
    the code and one could not be read.
    """
    unreadable = False
    for found in Authenticator.objects.filter(user_id=user.pk, type__in=KINDS):
        try:
            right = found.wrap().validate_code(code)
        except UNREADABLE:
            unreadable = True
            continue
        if right:
            seeds.encrypt_seeds_of(user.pk)
            return Authenticator.objects.get(pk=found.pk)
    if unreadable:
        raise seeds.refusal()
    return None


class CodeInput(AuthenticateInput):  # type: ignore[misc]
    """The code of a second factor, at a login."""

    @sensitive_variables()
    def clean_code(self) -> str:
        """The code that one of the user's factors takes."""
        code = str(self.cleaned_data["code"])
        found = matching(self.user, code)
        if found is None:
            main = Authenticator.objects.filter(user_id=self.user.pk, type__in=KINDS).order_by("-type").first()
            if main is not None:
                self._emit_authentication_failed(main)
            raise get_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        return code


class FirstCodeInput(ActivateTOTPInput):  # type: ignore[misc]
    """The first code of a TOTP device. It has enrolled the device, and logs nobody in."""

    @sensitive_variables()
    def clean_code(self) -> str:
        """The code, which is taken from now on."""
        code = str(super().clean_code())
        plain = "".join(letter for letter in code if letter.isascii() and letter.isalnum())
        if not limited_logins.take_code(self.user, plain, issuers.now()):
            raise get_adapter().validation_error("incorrect_code")
        return code
