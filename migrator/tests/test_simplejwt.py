"""Old access tokens of simplejwt, made by that package itself, through the whole middleware."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from django_bearer import revoke_user
from django_bearer_migrate import account_state, usage
from django_bearer_migrate.bridge import authenticators
from django_bearer_migrate.models import AccountState, LegacyUse, MoveStart

from .conftest import PASSWORD, bridge, day


def access(user: Any, **claims: Any) -> str:
    token = AccessToken.for_user(user)
    for name, value in claims.items():
        token[name] = value
    return str(token)


def get(token: str, path: str = "/notes/", scheme: str = "Bearer") -> Any:
    return Client(headers={"User-Agent": "okhttp/4.1"}).get(path, headers={"Authorization": f"{scheme} {token}"})


@pytest.mark.parametrize("scheme", ["Bearer", "JWT", "jwt"])
def test_an_old_access_token_opens_a_closed_route(ann: Any, scheme: str) -> None:
    assert get(access(ann), scheme=scheme).json() == {"user": "ann", "legacy": "simplejwt"}
    assert get(access(ann), "/drf/", scheme).json() == {"user": "ann"}


def test_it_has_the_scopes_that_the_project_states(ann: Any, settings: Any) -> None:
    assert get(access(ann), "/write/").status_code == 403
    settings.BEARER_MIGRATE = bridge(SCOPES=["notes:read", "notes:write"])
    assert get(access(ann), "/write/").status_code == 200


def test_it_never_opens_the_admin(ann: Any, settings: Any) -> None:
    ann.is_staff = ann.is_superuser = True
    ann.save()
    settings.BEARER_MIGRATE = bridge(SCOPES=["notes:read", "notes:write"])
    assert get(access(ann)).status_code == 200
    assert get(access(ann), "/admin/").status_code == 403
    made = Client().post(
        "/auth/api-tokens/", {"name": "x"}, "application/json", headers={"Authorization": f"Bearer {access(ann)}"}
    )
    assert made.status_code == 403


def changed_password(user: Any) -> None:
    user.set_password("another")
    user.save()


def deactivated(user: Any) -> None:
    user.is_active = False
    user.save()


def changed_by_sql(user: Any) -> None:
    type(user).objects.filter(pk=user.pk).update(password="md5$a$b")


def deleted(user: Any) -> None:
    user.delete()


@pytest.mark.parametrize("how", [changed_password, deactivated, changed_by_sql, revoke_user, deleted])
def test_what_ends_all_old_tokens_of_an_account(ann: Any, how: Callable[[Any], Any]) -> None:
    token = access(ann)
    assert get(token).status_code == 200
    how(ann)
    assert get(token).status_code == 401
    assert get(access(ann) if ann.pk else token).status_code == 401  # also one that the old version issues later


@pytest.mark.parametrize("how", [changed_password, deactivated, revoke_user])
def test_the_same_for_an_account_that_was_made_after_the_move_began(
    ann: Any, django_user_model: Any, how: Callable[[Any], Any]
) -> None:
    bob = django_user_model.objects.create_user("bob", password=PASSWORD)
    token = access(bob)
    how(bob)
    assert get(token).status_code == 401


def test_a_new_account_is_recorded_when_it_is_first_seen(ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob", password=PASSWORD)
    assert get(access(bob)).status_code == 200
    changed_by_sql(bob)
    assert get(access(bob)).status_code == 401


def test_a_rehash_ends_nothing(ann: Any, settings: Any) -> None:
    md5 = settings.PASSWORD_HASHERS[0]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", md5]
    token = access(ann)
    assert Client().login(username="ann", password=PASSWORD)
    ann.refresh_from_db()
    assert ann.password.startswith("scrypt")
    assert get(token).status_code == 200


def test_nothing_is_accepted_before_the_move_has_begun(not_begun: None, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann", password=PASSWORD)
    token = access(user)
    assert get(token).status_code == 401
    list(account_state.start())
    assert get(token).status_code == 200


def test_a_database_without_accounts_has_begun_when_it_is_made(not_begun: None, django_user_model: Any) -> None:
    emit_post_migrate_signal(0, False, "default")
    assert account_state.is_started()
    account_state.forget()
    MoveStart.objects.all().delete()
    django_user_model.objects.create_user("ann", password=PASSWORD)
    emit_post_migrate_signal(0, False, "default")
    assert not account_state.is_started()


def test_taking_the_migrations_back_is_no_fault(transactional_db: None) -> None:
    call_command("migrate", "django_bearer_migrate", "zero", verbosity=0)
    call_command("migrate", "django_bearer_migrate", verbosity=0)
    assert account_state.is_started()


def test_start_can_be_cut_off_and_run_again(
    not_begun: None, django_user_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_state, "BATCH", 2)
    users = [django_user_model.objects.create_user(f"u{number}", password=PASSWORD) for number in range(5)]
    assert next(account_state.start()) == 2
    assert not account_state.is_started()
    changed_by_sql(users[0])
    assert list(account_state.start()) == [0, 2, 3]
    assert account_state.is_started()
    assert AccountState.objects.count() == 5
    assert get(access(users[0])).status_code == 401  # recorded before its password changed
    assert get(access(users[4])).status_code == 200


def forged(user: Any, key: str, algorithm: str = "HS256", **claims: Any) -> str:
    made = AccessToken.for_user(user).payload | claims
    return jwt.encode({name: value for name, value in made.items() if value is not None}, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "make",
    [
        lambda user, key: access(user, exp=1),
        lambda user, key: access(user, exp="tomorrow"),
        lambda user, key: str(RefreshToken.for_user(user)),
        lambda user, key: access(user, user_id=10**30),
        lambda user, key: access(user, user_id="nobody"),
        lambda user, key: access(user, user_id=True),
        lambda user, key: access(user, nbf=2**33),
        lambda user, key: access(user, iat=2**33),
        lambda user, key: forged(user, key, exp=None),
        lambda user, key: forged(user, key, jti=None),
        lambda user, key: forged(user, key, token_type=None),
        lambda user, key: forged(user, key, "HS512"),
        lambda user, key: forged(user, key[:-1] + "?"),
        lambda user, key: jwt.encode(AccessToken.for_user(user).payload, "", algorithm="none"),
        lambda user, key: access(user)[:-2],
        lambda user, key: access(user) + ".a",
        lambda user, key: "a.b.c",
    ],
)
def test_what_is_refused(ann: Any, settings: Any, make: Callable[[Any, str], str]) -> None:
    assert get(make(ann, settings.SECRET_KEY)).status_code == 401


def test_the_old_packages_own_password_claim_is_checked(ann: Any, settings: Any) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "CHECK_REVOKE_TOKEN": True}
    assert get(forged(ann, settings.SECRET_KEY, hash_password=None)).status_code == 401
    now = get_md5_hash_password(ann.password)
    assert get(forged(ann, settings.SECRET_KEY, hash_password=now)).status_code == 200
    assert get(forged(ann, settings.SECRET_KEY, hash_password=now[:-1])).status_code == 401


def test_issuer_and_audience_are_checked_where_the_old_settings_name_them(ann: Any, settings: Any) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "ISSUER": "https://old", "AUDIENCE": ["app"]}
    assert get(forged(ann, settings.SECRET_KEY, iss="https://old", aud="app")).status_code == 200
    for wrong in ({"iss": "https://else", "aud": "app"}, {"iss": "https://old", "aud": "web"}, {"aud": "app"}, {}):
        assert get(forged(ann, settings.SECRET_KEY, **wrong)).status_code == 401


def test_it_ends_with_the_date(ann: Any, settings: Any, later: Any) -> None:
    settings.BEARER_MIGRATE = bridge(UNTIL=day(2))
    token = AccessToken.for_user(ann)
    token.set_exp(lifetime=timedelta(days=9))
    assert get(str(token)).status_code == 200
    later(2 * 86_400)
    assert get(str(token)).status_code == 401
    assert get(str(token), scheme="JWT").status_code == 401


def test_uses_are_counted_by_client_and_day(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        get(access(ann))
    get("a.b.c")
    usage.write()
    row = LegacyUse.objects.get()
    assert (row.source, row.kind, row.client, row.uses) == ("simplejwt", "access", "okhttp", 3)
    for number in range(usage.MAX_CLIENTS + 5):
        usage.note("simplejwt", "access", f"made-up-{number}/1")
    usage.write()
    assert LegacyUse.objects.values("client").distinct().count() <= usage.MAX_CLIENTS + 1


def test_without_the_entry_nothing_is_accepted(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = {}
    assert get(access(ann)).status_code == 401
    assert authenticators() == []


def test_a_project_with_its_own_session_login_is_left_alone(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    assert client.get("/notes/").json() == {"user": "ann", "legacy": None}
