"""A new password by mail through allauth: what ends a link or a code, and whose password it sets (ASVS 6.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import override_settings

from django_bearer import revoke_user
from django_bearer.models import RecoveryLink
from django_bearer.primitives import clock
from tests.projects.through_allauth.flows import MAIL, App, ann, fresh, mailed_code, person, totp
from tests.projects.through_allauth.takeovers import key_of_link

__all__ = ["ann", "fresh"]
pytestmark = pytest.mark.django_db(transaction=True)
NEW = "a wholly new pass phrase"
by_code = override_settings(ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED=True)


def asked(email: str = MAIL) -> App:
    app = App()
    app.send("POST", "auth/password/request", {"email": email})
    return app


def reset(app: App, key: str, **more: Any) -> int:
    app.send("POST", "auth/password/reset", {"key": key, "password": NEW, **more})
    return int(app.last.status_code)


def has_new_password(user: Any) -> bool:
    user.refresh_from_db()
    return bool(user.check_password(NEW))


def test_a_link_is_one_of_ours_and_opening_it_consumes_nothing(ann: Any) -> None:
    key = (asked(), key_of_link("reset"))[1]
    assert key.startswith("djb_rc_")
    assert RecoveryLink.objects.get().user_id == ann.pk
    app = App(**{"X-Password-Reset-Key": key})
    for _ in range(3):
        app.send("GET", "auth/password/reset")
        assert app.last.status_code == 200
    assert reset(App(), key) == 401  # and nobody is logged in
    assert has_new_password(ann)
    ann.set_password("something else again")
    ann.save()
    assert reset(App(), key) == 400
    assert not RecoveryLink.objects.exists()


def changed_address(user: Any) -> None:
    EmailAddress.objects.filter(user=user).update(email="new@example.com")
    user.email = "new@example.com"
    user.save()


ENDS: dict[str, Callable[[Any], Any]] = {
    "its time": lambda user: clock.advance(901),
    "a logout everywhere": revoke_user,
    "another password": lambda user: (user.set_password("something else again"), user.save()),
    "another address": changed_address,
    "a factor": totp,
    "a deactivated user": lambda user: (setattr(user, "is_active", False), user.save()),
    "no password": lambda user: (user.set_unusable_password(), user.save()),
}


WAYS = [("link", end) for end in ENDS] + [("code", end) for end in ENDS if end != "its time"]
"""The time of a code is allauth's own, which reads another clock."""


@pytest.mark.parametrize(("way", "end"), WAYS)
def test_what_ends_it(way: str, end: str, ann: Any) -> None:
    with override_settings(ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED=way == "code"), clock.frozen():
        app = asked()
        key = key_of_link("reset") if way == "link" else mailed_code()
        ENDS[end](ann)
        assert reset(app, key, code="123456") in (400, 403, 409, 410), app.last.content
        look = App(**{"X-Password-Reset-Key": key})
        look.flow = app.flow
        look.send("GET", "auth/password/reset")
        assert look.last.status_code in (400, 409, 410)
    assert not has_new_password(ann)


@pytest.mark.parametrize("way", ["link", "code"])
def test_an_account_without_a_password_gets_none(way: str, ann: Any) -> None:
    ann.set_unusable_password()
    ann.save()
    with override_settings(ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED=way == "code"):
        app, known = asked(), App()
        known.send("POST", "auth/password/request", {"email": person("bob@example.com").email})
        assert app.last.status_code == known.last.status_code  # the answer tells nothing
        told, other = mail.outbox
        assert (told.to, other.to) == ([MAIL], ["bob@example.com"])
        assert "reset#" not in str(told.body)
        assert "It has none" in str(told.body)
        if way == "code":
            assert reset(app, "ABC-123") in (400, 409, 410)
    ann.refresh_from_db()
    assert not ann.has_usable_password()


def test_one_used_link_ends_the_others(ann: Any) -> None:
    keys = [(asked(), key_of_link("reset"))[1] for _ in range(2)]
    assert reset(App(), keys[0]) == 401
    assert reset(App(), keys[1]) == 400


def test_who_asks_again_ends_nobodys_link_and_makes_no_more_than_three(ann: Any) -> None:
    key = (asked(), key_of_link("reset"))[1]
    for _ in range(4):
        asked()
    assert len(mail.outbox) == 3
    assert reset(App(), key) == 401
    assert has_new_password(ann)


def test_a_bad_password_uses_nothing_up(ann: Any) -> None:
    key = (asked(), key_of_link("reset"))[1]
    app = App()
    app.send("POST", "auth/password/reset", {"key": key, "password": "x"})
    assert app.last.status_code == 400
    assert reset(App(), key) == 401


@by_code
def test_a_code_sets_it_once(ann: Any) -> None:
    app = asked()
    code = mailed_code()
    assert reset(app, code) == 401, app.last.content
    assert has_new_password(ann)
    assert reset(app, code) in (400, 409, 410)
