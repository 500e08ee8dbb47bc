"""Django's hashers over a password's NFKC form, so that every login sees one spelling; old hashes still verify.

Name one of them first in `PASSWORD_HASHERS`. The algorithm, the cost and the form of a hash are those of Django's own
class, so hashes of before are verified by it, too, whatever spelling they were made from.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import hashers
from django.views.decorators.debug import sensitive_variables

from .spelling import normal


class NormalizedHasher:
    """Mixed into a hasher of Django's: hashes the NFKC form, and verifies it or, for an old hash, what was typed.

    Most passwords are their own NFKC form, and cost one hash. Any other costs two whenever it is wrong or unknown:
    Django hashes once for a name that finds nobody, and an account must not be told by the time it takes.
    """

    base: ClassVar[type[Any]]
    """Django's own class."""

    @sensitive_variables()
    def encode(self, password: str, *args: Any, **options: Any) -> str:
        spelled = normal(password)
        if spelled != password:
            super().encode(password, *args, **options)  # type: ignore[misc]  # as long as `verify` takes
        return str(super().encode(spelled, *args, **options))  # type: ignore[misc]

    @sensitive_variables()
    def verify(self, password: str, encoded: str) -> bool:
        plain = self.base()  # whose own `verify` may call `encode`, and must not choose a spelling again
        found = [bool(plain.verify(one, encoded)) for one in dict.fromkeys((normal(password), password))]
        return any(found)


class NormalizedPBKDF2PasswordHasher(NormalizedHasher, hashers.PBKDF2PasswordHasher):
    """PBKDF2 with SHA-256, over NFKC."""

    base = hashers.PBKDF2PasswordHasher


class NormalizedScryptPasswordHasher(NormalizedHasher, hashers.ScryptPasswordHasher):
    """scrypt, over NFKC."""

    base = hashers.ScryptPasswordHasher


class NormalizedArgon2PasswordHasher(NormalizedHasher, hashers.Argon2PasswordHasher):
    """Argon2id, over NFKC. It needs argon2-cffi."""

    base = hashers.Argon2PasswordHasher


class NormalizedBCryptSHA256PasswordHasher(NormalizedHasher, hashers.BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, over NFKC: bcrypt alone reads 72 bytes and no more. It needs bcrypt."""

    base = hashers.BCryptSHA256PasswordHasher
