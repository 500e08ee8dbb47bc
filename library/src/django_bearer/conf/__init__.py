"""The `BEARER` settings: read at use, checked early."""

from __future__ import annotations

from .key_encryption_keys import BY_SECRET_KEY, secret_key_encryption_keys
from .readers import FEED
from .schema import (
    DAY,
    LOOPBACK,
    NAME_ISSUERS,
    TABLE,
    Config,
    audience,
    audiences,
    current,
    faults,
    issuer,
    issuer_without_request,
    logger,
    under_test_runner,
)
from .secret_key import INSECURE_PREFIX, MIN_SECRET_KEY_CHARACTERS, MIN_SECRET_KEY_LENGTH

__all__ = [
    "BY_SECRET_KEY",
    "DAY",
    "FEED",
    "INSECURE_PREFIX",
    "LOOPBACK",
    "MIN_SECRET_KEY_CHARACTERS",
    "MIN_SECRET_KEY_LENGTH",
    "NAME_ISSUERS",
    "TABLE",
    "Config",
    "audience",
    "audiences",
    "current",
    "faults",
    "issuer",
    "issuer_without_request",
    "logger",
    "secret_key_encryption_keys",
    "under_test_runner",
]
