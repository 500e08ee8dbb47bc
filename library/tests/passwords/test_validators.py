"""Which passwords people may choose (NIST SP 800-63B-4 section 3.1.1, ASVS 6.2)."""

from __future__ import annotations

import hashlib
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.exceptions import ValidationError

from django_bearer.errors import ConfigurationError
from django_bearer.http.password_login import MAX_PASSWORD
from django_bearer.passwords import length
from django_bearer.passwords.breached import BreachedPasswordValidator
from django_bearer.passwords.context import ContextWordsValidator
from django_bearer.passwords.frequent import CommonPasswordsValidator, known
from django_bearer.passwords.length import LengthByPolicyValidator
from django_bearer.passwords.strength import password_strength
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "passwords.md"


class Factor:
    def is_enrolled(self, user: Any) -> bool:
        return bool(user.enrolled)

    def verify(self, user: Any, code: str) -> bool:
        return False


def refused(validator: Any, password: str, user: Any = None) -> str:
    try:
        validator.validate(password, user)
    except ValidationError as error:
        [found] = error.error_list
        return str(found.code) if "%" not in str(error.messages) else "a placeholder is left"
    return ""


def user(**members: Any) -> Any:
    return SimpleNamespace(**{"pk": 1, "enrolled": False, "username": "annabel", "email": "", **members})


@pytest.mark.parametrize(
    "password",
    ["zebrasnibblemangos", "ZEBRASNIBBLEMANGOS", "739284650172839", "zebras nibble mangos", "éàüéàüéàüéàüéàü"],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """By the validators that the guide sets: letters alone, or digits alone, are as good as any (ASVS 6.2.5)."""
    [printed] = [block.code for block in blocks(GUIDE) if "AUTH_PASSWORD_VALIDATORS" in block.code]
    settings: dict[str, Any] = {}
    exec(printed, settings)
    validate_password(password, user(), get_password_validators(settings["AUTH_PASSWORD_VALIDATORS"]))


@pytest.mark.parametrize(
    ("enrolled", "characters", "code"),
    [
        (False, 14, "password_too_short"),
        (False, 15, ""),
        (True, 7, "password_too_short"),
        (True, 8, ""),
        (True, 14, ""),
    ],
)
def test_15_alone_and_8_beside_a_second_factor(enrolled: bool, characters: int, code: str, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Factor}
    assert refused(LengthByPolicyValidator(), "k" * characters, user(enrolled=enrolled)) == code


@pytest.mark.parametrize("someone", [None, user(pk=None, enrolled=True), user(enrolled=1 / 1)])
def test_who_has_no_factor_for_certain_needs_15(someone: Any) -> None:
    assert refused(LengthByPolicyValidator(), "k" * 14, someone) == "password_too_short"


def test_a_factor_that_fails_asks_for_15(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Factor}
    assert refused(LengthByPolicyValidator(), "k" * 14, SimpleNamespace(pk=1)) == "password_too_short"


@pytest.mark.parametrize("characters", [64, 73, 1000, MAX_PASSWORD])
def test_64_and_more_are_allowed_up_to_what_a_login_reads(characters: int) -> None:
    assert refused(LengthByPolicyValidator(), "é" * characters) == ""
    assert length.MOST == MAX_PASSWORD
    assert refused(LengthByPolicyValidator(), "é" * (MAX_PASSWORD + 1)) == "password_too_long"


def test_code_points_of_one_spelling_are_counted() -> None:
    assert refused(LengthByPolicyValidator(), "e\u0301" * 14) == "password_too_short"
    assert refused(LengthByPolicyValidator(), "🐟" * 15) == ""


@pytest.mark.parametrize(
    "password", ["\ufdfa", "\ufdfa" * 14, " " * 40, "\u200b" * 40, "a" + " " * 20 + "b", "\u00ad".join("short one")]
)
def test_what_is_not_seen_or_not_typed_counts_for_nothing(password: str) -> None:
    assert refused(LengthByPolicyValidator(), password) == "password_too_short"


@pytest.mark.parametrize("options", [{"alone": 14}, {"with_second_factor": 7}, {"alone": 5000}])
def test_no_option_goes_below(options: Any) -> None:
    with pytest.raises(ConfigurationError):
        LengthByPolicyValidator(**options)
    assert LengthByPolicyValidator(alone=20, with_second_factor=12).alone == 20


def test_the_list_of_common_passwords_is_long_enough() -> None:
    assert len(known()) >= 30_000


@pytest.mark.parametrize("password", ["password", "PassWord", "ｐａｓｓｗｏｒｄ", "123456789", " letmein "])
def test_common_passwords_are_refused_in_every_spelling(password: str) -> None:
    assert refused(CommonPasswordsValidator(), password) == "password_too_common"
    assert refused(CommonPasswordsValidator(), f"{password} and a half") == ""


def test_without_the_package_nothing_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    known.cache_clear()
    monkeypatch.setitem(sys.modules, "zxcvbn", None)
    monkeypatch.setitem(sys.modules, "zxcvbn.frequency_lists", None)
    for make in (CommonPasswordsValidator, lambda: password_strength("x")):
        with pytest.raises(ConfigurationError, match="passwords"):
            make()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("annabel2026!", "password_too_similar"),
        ("ANNABEL-annabel-1", "password_too_similar"),
        ("example.com 2026", "password_too_similar"),
        ("shopshopshop123", "password_too_similar"),
        ("shshshopopop123", "password_too_similar"),
        ("annabel's brown horse", ""),
        ("correct horse battery staple", ""),
    ],
)
def test_words_of_the_user_and_the_site(password: str, code: str) -> None:
    someone = user(email="ann@shoppers.test")
    assert refused(ContextWordsValidator(words=["shop"]), password, someone) == code


def test_a_user_without_a_name_or_of_another_shape_is_no_fault() -> None:
    assert refused(ContextWordsValidator(), "correct horse battery staple", object()) == ""
    assert refused(ContextWordsValidator(), "correct horse battery staple", user(username=None, email=None)) == ""


def test_breached_passwords_are_asked_for_by_five_digits() -> None:
    asked: list[str] = []

    def lookup(prefix: str) -> list[str]:
        asked.append(prefix)
        return [hashlib.sha1(b"hunter2 hunter2 hunter2").hexdigest()[5:].lower() + ":17", "nonsense"]

    validator = BreachedPasswordValidator(lookup)
    assert refused(validator, "hunter2 hunter2 hunter2") == "password_breached"
    assert refused(validator, "something else") == ""
    assert {len(prefix) for prefix in asked} == {5}


def test_what_cannot_be_asked_is_not_let_through(caplog: Any) -> None:
    assert refused(BreachedPasswordValidator(lambda prefix: 1 / 0), "secret words") == "password_unchecked"
    assert "secret words" not in caplog.messages[0]


@pytest.mark.parametrize("lookup", [None, "", "no.such.lookup", 7])
def test_a_lookup_must_be_given(lookup: Any) -> None:
    with pytest.raises(ConfigurationError):
        BreachedPasswordValidator(lookup)


def test_the_guides_settings_and_lookup(tmp_path: Any, settings: Any) -> None:
    names: dict[str, Any] = {}
    for block in blocks(GUIDE):
        if block.path:
            exec(block.code, names)
    validators = get_password_validators(names["AUTH_PASSWORD_VALIDATORS"])
    assert all(validator.get_help_text() for validator in validators)
    validate_password("correct horse battery staple", password_validators=validators)
    for weak in ("password", "mysite mysite 1", "short but rare"):
        with pytest.raises(ValidationError):
            validate_password(weak, password_validators=validators)
    names["FOLDER"] = tmp_path
    digest = hashlib.sha1(b"correct horse battery staple").hexdigest().upper()
    validator = BreachedPasswordValidator(names["lookup"])
    assert refused(validator, "correct horse battery staple") == ""
    (tmp_path / digest[:5]).write_text(f"{digest[5:]}:3\n")
    assert refused(validator, "correct horse battery staple") == "password_breached"
    assert validator.get_help_text()


@pytest.mark.parametrize(("password", "least", "most"), [("", 0, 0), ("password", 0, 0), ("x7#Kq!vZ9$wLm2", 4, 4)])
def test_strength_is_told_in_five_steps(password: str, least: int, most: int) -> None:
    assert least <= password_strength(password).score <= most


def test_strength_knows_the_user_and_reads_long_passwords() -> None:
    named = password_strength("zyqwolkrumb", user(username="zyqwolkrumb")).score
    assert named < password_strength("zyqwolkrumb").score
    assert password_strength("x7#Kq!vZ9$wLm2" * 100).score == 4
    assert password_strength("password").warning
