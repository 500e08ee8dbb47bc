"""Stored seeds of second factors: encrypted by us, or in plain text as allauth itself stores them.

A project that adopts this package has rows of the second kind. They are read as they are, and encrypted at their
first use or by `encrypt_stored_seeds`. What none of our keys decrypts is neither, and is refused.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...errors import KeyDecryptionFailed, LoginRefused, MalformedToken
from ...keys.encryption import decrypt, encrypt
from ...primitives.encoding import base64url_decode, base64url_encode

logger = logging.getLogger("django_bearer.security")
ABOUT = b"allauth second factor"
_PLAIN = re.compile(r"[A-Za-z0-9 =-]{6,39}|[A-Z2-7]{40,160}=*|[0-9a-f]{40,160}")
"""A code or a short seed, base32 of TOTP, and the hexadecimal digits of recovery codes. What we encrypt is longer
than the first, and never of so few letters as the others."""
NAMES = ("secret", "seed", "migrated_codes")


@sensitive_variables()
def encrypted(text: str) -> str:
    """What a row stores for this seed, under the first of `KEY_ENCRYPTION_KEYS`."""
    return base64url_encode(encrypt(text.encode(), ABOUT, conf.current().key_encryption_keys[0]))


@sensitive_variables()
def readable(stored: str) -> str:
    """The seed of a row. Raises `KeyDecryptionFailed` for what is neither ours nor allauth's own form."""
    try:
        return decrypt(base64url_decode(stored), ABOUT, conf.current().key_encryption_keys).decode()
    except (KeyDecryptionFailed, MalformedToken):
        if is_plain(stored):
            return stored
    logger.error(
        "a second factor cannot be decrypted: put the key that encrypted it back into BEARER['KEY_ENCRYPTION_KEYS'],"
        " or the earlier SECRET_KEY into SECRET_KEY_FALLBACKS."
    )
    raise KeyDecryptionFailed("a stored second factor opens with none of the key-encryption keys")


def is_plain(stored: Any) -> bool:
    """Whether a stored value has a form that allauth gives to seeds and codes in plain text."""
    return isinstance(stored, str) and _PLAIN.fullmatch(stored) is not None


def refusal() -> LoginRefused:
    """The refusal of a factor that cannot be read: it counts as one, and nobody can show it."""
    refused = LoginRefused("a stored second factor cannot be decrypted; the security log says what to do")
    refused.members = {"reason": "second_factor_unreadable"}
    return refused


def encrypt_stored_seeds(apps: Any = None, schema_editor: Any = None) -> None:
    """Encrypt every seed that is stored in plain text. Call it in the shell, or name it in a data migration.

    Args:
        apps: The apps of a migration, or None.
        schema_editor: The schema editor of a migration, or None.
    """
    from allauth.mfa.models import Authenticator

    using = None if schema_editor is None else schema_editor.connection.alias
    model: Any = Authenticator if apps is None else apps.get_model("mfa", "Authenticator")
    rows = model.objects.using(using).filter(type__in=("totp", "recovery_codes"))
    for pk, data in rows.values_list("pk", "data").iterator(chunk_size=500):
        if _has_plain(data):
            _encrypt(model.objects.using(using), pk)


def encrypt_seeds_of(user_id: Any) -> None:
    """The same for one user, whose factor was used."""
    from allauth.mfa.models import Authenticator

    for pk, data in Authenticator.objects.filter(user_id=user_id).values_list("pk", "data"):
        if _has_plain(data):
            _encrypt(Authenticator.objects.all(), pk)


@sensitive_variables()
def _encrypt(rows: Any, pk: Any) -> None:
    """Encrypt one row as it is now: its codes may be used at the same time."""
    with transaction.atomic(using=rows.db):
        row = rows.select_for_update().filter(pk=pk).first()
        if row is None or not _has_plain(row.data):
            return
        for name in NAMES:
            value = row.data.get(name)
            if isinstance(value, list):
                row.data[name] = [encrypted(one) if is_plain(one) else one for one in value]
            elif is_plain(value):
                row.data[name] = encrypted(value)
        row.save(update_fields=["data"])


def _has_plain(data: Any) -> bool:
    values = [data.get(name) for name in NAMES] if isinstance(data, dict) else []
    return any(any(map(is_plain, one)) if isinstance(one, list) else is_plain(one) for one in values)
