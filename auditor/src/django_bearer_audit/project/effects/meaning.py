"""What effects mean together: which secret is tried, whether attempts are counted, what a view is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.objects import is_known
from django_bearer_audit.project.effects.value import Done, How, Kind, Literal, Rows, Source, Value, Verdict
from django_bearer_audit.project.flow.words import has_word, is_password, is_secret, parts

_CODES = ("otp", "totp", "pin", "passcode", "mfa", "2fa", "otpcode")
_CODE_OF = (
    "verification",
    "verify",
    "reset",
    "sms",
    "login",
    "auth",
    "confirm",
    "confirmation",
    "security",
    "activation",
    "email",
)
_PRICED = ("coupon", "coupons", "promo", "promotion", "voucher", "discount", "gift", "product", "course", "country")
"""Tables whose codes open no account."""
_LIKE_A_SECRET = re.compile(r"[\w!@#$%&*+-]{4,}")


class Secret(StrEnum):
    """What is tried."""

    PASSWORD = "password"
    CODE = "one-time code"
    TOKEN = "token"


def sent(value: Value) -> frozenset[Source]:
    """The parts of a value that the caller of a view sent."""
    return frozenset(s for s in value.of(Kind.REQUEST))


def tried(effect: Effect) -> Secret | None:
    """The secret of the caller that an effect tries against one that is stored or computed, if it does."""
    if effect.act not in {Act.CHECKS, Act.LOOKS_UP} or not sent(effect.value):
        return None
    if isinstance(effect.other.what, Literal) and not _LIKE_A_SECRET.fullmatch(str(effect.other.what.value)):
        return None
    names = {source.name for source in sent(effect.value) if source.name} or {s.name for s in effect.value.sources}
    column = {source.name for source in effect.other.of(Kind.STORED)}
    if effect.act is Act.CHECKS and _tries_password(effect, names, column):
        return Secret.PASSWORD
    if effect.act is Act.LOOKS_UP and any(map(is_password, column)):
        return Secret.PASSWORD
    if effect.other.was(How.SIGNED, How.MAC) or effect.value.was(How.OPENED):
        return Secret.TOKEN
    tables = {source.part for source in effect.other.of(Kind.STORED)}
    priced = any(has_word(table, *_PRICED) for table in tables)
    short = not effect.other.was(How.LONG)
    if "pyotp" in effect.by or "TOTP" in effect.by or (short and not priced and any(map(_is_code, names | column))):
        return Secret.CODE
    if any(map(is_secret, names | column)) or effect.other.of(Kind.ENVIRONMENT):
        return Secret.TOKEN
    return None


def traded(effects: Iterable[Effect]) -> frozenset[Source]:
    """Codes of the request that go to another service: what an OAuth provider gave, to be traded there."""
    return frozenset(s for e in effects if e.act is Act.CALLS for s in sent(e.value) if s.name == "code")


def secrets_of(effects: Iterable[Effect]) -> set[Secret]:
    """The secrets that are tried here; the code of a provider is tried there."""
    every = list(effects)
    elsewhere = traded(every)
    return {
        found
        for effect in every
        if (found := tried(effect)) is not None and (found is Secret.PASSWORD or not _is_traded(effect, elsewhere))
    }


def _is_traded(effect: Effect, elsewhere: frozenset[Source]) -> bool:
    """The code of a provider, or what was answered for it."""
    codes = effect.value.sources & elsewhere
    return bool(codes) and (bool(effect.value.sources - codes) or not effect.other.of(Kind.STORED))


def _tries_password(effect: Effect, names: set[str], column: set[str]) -> bool:
    last = effect.by.rpartition(".")[2]
    if last in {
        "check_password",
        "acheck_password",
        "checkpw",
        "check_password_hash",
        "verify_password",
        "authenticate",
        "aauthenticate",
    } or effect.by.endswith(("Serializer", "AuthenticationForm")):
        return not effect.value.was(How.OPENED)
    if effect.value.was(How.SLOW) or effect.other.was(How.SLOW):
        return True
    if _is_confirmation(effect):
        return False
    return any(map(is_password, column)) or (
        any(map(is_password, names)) and bool(effect.other.of(Kind.STORED, Kind.ENVIRONMENT))
    )


def _is_confirmation(effect: Effect) -> bool:
    """Both sides were sent: the password, and the password again."""
    return bool(sent(effect.other)) and not effect.other.of(Kind.STORED, Kind.ENVIRONMENT)


def _is_code(name: str) -> bool:
    words = parts(name.rpartition("__")[2])
    if not words or {"country", "zip", "postal", "qr", "coupon", "promo", "product", "currency", "status"} & set(
        words
    ):
        return False
    return has_word(name, *_CODES) or (
        words[-1] in {"code", "pin"} and (len(words) == 1 or has_word(name, *_CODE_OF))
    )


def counts_attempts(effects: Iterable[Effect]) -> bool:
    """Whether attempts are counted: by a limiter, or by a number that goes up and is held against one."""
    every = [effect for effect in effects if effect.act is Act.COUNTS]
    if any(effect.by not in {"column", "compare", "cache"} for effect in every):
        return True
    grown = {effect.name for effect in every if effect.by in {"column", "cache"}}
    held = {s.name for effect in every if effect.by == "compare" for s in effect.value.sources}
    asked = any(isinstance(effect.value.what, Verdict) for effect in every if effect.by == "compare")
    return bool(grown & held) or asked


def sets_sent_password(effect: Effect) -> bool:
    """A password that the caller sent becomes that of an account."""
    if effect.act is not Act.SETS or not sent(effect.value):
        return False
    return not isinstance(effect.other.what, Rows) or effect.other.what.model != ""


def of_known_account(effect: Effect) -> bool:
    """The account is there already."""
    return isinstance(effect.other.what, Rows) and effect.other.what.one and not effect.other.what.new


def for_new_account(effect: Effect) -> bool:
    return isinstance(effect.other.what, Rows) and effect.other.what.new


def is_random(value: Value) -> bool:
    return bool(value.of(Kind.CHANCE, Kind.WEAK)) or value.was(How.SIGNED)


def becomes(effect: Effect) -> str | None:
    """The secret that a value becomes by what is done with it; None when nothing says so."""
    match effect.act:
        case Act.SENDS:
            return "what is mailed"
        case Act.SETS:
            return "a password"
        case Act.COOKIE if is_secret(effect.name) or has_word(
            effect.name, "session", "sid", "auth", "login", "remember"
        ):
            return f"the cookie {effect.name}"
        case Act.STORES | Act.RETURNS if is_secret(effect.name) or is_password(effect.name):
            return effect.name
        case Act.LOOKS_UP if is_secret(effect.name) and effect.value.done:
            return effect.name
        case Act.CHECKS if tried(effect) is not None or (sent(effect.value) and effect.other.done):
            return "what callers are let in by"
        case _:
            return None


def computed(value: Value) -> Done | None:
    """The hash over data that others know and nothing secret, if a value has one in it."""
    for done in sorted(value.done, key=lambda each: each.where):
        if done.how in {How.FAST, How.MAC} and _is_known_data(done.of):
            return done
    return None


_KNOWN = frozenset({Kind.KNOWN, Kind.CLOCK, Kind.CONSTANT, Kind.REQUEST, Kind.PARAMETER})


def _is_known_data(sources: frozenset[Source]) -> bool:
    if not sources or any(source.kind not in _KNOWN for source in sources):
        return False
    if any(
        s.kind is Kind.PARAMETER and not is_known((s.steps[-1] if s.steps else s.name).strip(".[]")) for s in sources
    ):
        return False
    telling = any(s.kind in {Kind.KNOWN, Kind.CLOCK, Kind.PARAMETER} for s in sources)
    salted = any(s.kind is Kind.CONSTANT and len(re.sub(r"\W", "", s.name)) >= 6 for s in sources)
    return telling or (salted and any(s.kind is Kind.REQUEST for s in sources))


def decided_by(effect: Effect) -> Done | None:
    """What a secret of the caller is held against, when whoever reads the source can compute it."""
    if effect.act is not Act.CHECKS or not sent(effect.value):
        return None
    return computed(effect.other)
