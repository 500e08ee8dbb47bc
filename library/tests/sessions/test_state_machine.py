"""The lifecycle of sessions, compared with a model in plain Python that calls none of our code.

Hypothesis invents the history: logins, calls, refreshes of every kind, logouts, changed and rehashed passwords,
disabled users, changing keys, epochs, and time. No token may be accepted that the model calls dead, none refused that
it calls live. `TRIALS=` or `-m hard` make it long. In feed mode the same holds for views that use nothing of the user
but its key, for which no session is read.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, override_settings
from django.urls import path
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import django_bearer
from django_bearer import errors
from django_bearer.database import aliases, feed_reader, key_rows, signing_keys
from django_bearer.keys.keyring import KeyState
from django_bearer.models import Issuer, SigningKey
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup, feed_verification, key_rotation
from django_bearer.sessions.verification import clear_signature_cache
from django_bearer.tokens.refresh_token import RefreshToken, TokenDelivery
from tests import databases, feed_install
from tests.urls import urlpatterns as of_the_project

S = 1_000_000
W, H = 10 * S, 30 * S
ACCESS, IDLE, LIFETIME = 300 * S, 3600 * S, 7200 * S
FRESH = 300
START = 1_800_000_000 * S + 123_457
ISSUER = "https://api.example.com"
BEARER = {
    "ISSUER": ISSUER,
    "AUDIENCE": "https://api.example.com/",
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {"first-party": {"kind": "native"}, "other-client": {"kind": "native"}},
    "ACCESS_TOKEN_LIFETIME": ACCESS // S,
    "SESSION_IDLE_LIFETIME": IDLE // S,
    "SESSION_LIFETIME": LIFETIME // S,
    "LOGIN_RATE_LIMITS": dict.fromkeys(("address", "address_account", "account"), "100000/minute"),
    "REFRESH_RATE_LIMITS": {"address": "100000/minute", "session": "100000/minute"},
}
PLACES = ("home", "train")


def key_only(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"key": str(request.user.pk)})


urlpatterns = [*of_the_project, path("key/", key_only)]
OURS = "first-party"


class Quick(PBKDF2PasswordHasher):
    """A hasher that costs nothing and can be made stronger, which makes every stored hash outdated."""

    algorithm = "quick"
    iterations = 1


# The model: what is true, by the words of the design.


@dataclass
class Account:
    """A user as the model knows them. `version` counts passwords; a rehash is no new one."""

    name: str
    pk: int
    password: str
    version: int = 0
    strength: int = 1
    active: bool = True
    there: bool = True
    sessions: list[Device] = field(default_factory=list)


@dataclass
class Device:
    """A session. `tokens[n]` is its refresh token of generation n, `made_with[n]` the number of its key."""

    account: Account
    id: str
    issued: int
    version: int
    issuer_epoch: int
    tokens: list[str]
    made_with: list[int]
    idle_end: int
    ended: bool = False
    rotated_at: int | None = None
    retry_key: str = ""
    place: str = ""
    proved_at: int = 0
    fresh: set[int] = field(default_factory=set)
    """When its user last proved who they are, and the generations that a step-up made."""

    @property
    def end(self) -> int:
        return self.issued + LIFETIME


@dataclass
class Access:
    """An access token; `issued` and `expires` in whole seconds."""

    device: Device
    text: str
    kid: str
    issued: int
    expires: int
    proved_at: int
    revoked: bool = False


def kid_of(token: str) -> str:
    head = token.split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


pick = st.integers(0, 10**6)
passing = st.one_of(
    st.sampled_from([1, W - 1, W, W + 1, H - 1, H, H + 1, H, H, ACCESS, IDLE - 1, IDLE, LIFETIME - H]),
    st.integers(1, S),
    st.integers(1, ACCESS),
    st.sampled_from([-1, -W, -W - 1, -H, -H - 1, -S]),
)


class SessionLifecycle(RuleBasedStateMachine):
    """Every rule does one thing to the real system and to the model, and compares what comes back."""

    def __init__(self) -> None:
        super().__init__()
        clock.reset()
        signing_keys.clear_cache()
        clear_signature_cache()
        Quick.iterations = 1
        feed_reader.stop()
        self.world = transaction.atomic(using=databases.active())
        self.world._from_testcase = True  # as TestCase marks its own, so that durable blocks pass
        self.world.__enter__()
        self.clock = clock.frozen(START)
        self.clock.__enter__()
        self.now = START
        self.issuer_epoch = 0
        self.accounts: list[Account] = []
        self.devices: list[Device] = []
        self.access: list[Access] = []
        self.ring: dict[str, KeyState] = {}
        self.refresh_keys: list[bool] = [True]
        self.client = Client()

    def teardown(self) -> None:
        try:
            self.sweep()
            for device in self.devices:
                self.try_refresh(device)
            self.sweep()
        finally:  # what fails here leaves nothing to the next history
            self.clock.__exit__(None, None, None)
            transaction.set_rollback(True, using=databases.active())
            self.world.__exit__(None, None, None)
            signing_keys.clear_cache()

    @initialize()
    def two_users(self) -> None:
        for name in ("ann", "bob"):
            user = get_user_model().objects.create_user(name, password=f"{name} 0")
            self.accounts.append(Account(name, user.pk, f"{name} 0", strength=Quick.iterations))
        self.log_in(0, "home")

    # What the model believes.

    def fault(self, device: Device) -> str:
        account = device.account
        if device.ended or device.issuer_epoch < self.issuer_epoch:
            return "ended"
        if self.now >= min(device.end, device.idle_end):
            return "expired"
        if not account.there or not account.active or device.version != account.version:
            return "user"
        return ""

    def lives(self, token: Access) -> bool:
        return (
            not token.revoked
            and token.proved_at == token.device.proved_at // S
            and token.kid in self.ring
            and (token.issued - 1) * S <= self.now < token.expires * S
            and not self.fault(token.device)
        )

    def signer(self) -> str:
        return [kid for kid, state in self.ring.items() if state is KeyState.ACTIVE][-1]

    def maker(self) -> int:
        return max(number for number, there in enumerate(self.refresh_keys) if there)

    def end_all(self, account: Account) -> None:
        for device in account.sessions:
            device.ended = True

    def saved(self, account: Account) -> None:
        """What a save of the user's row ends at once: all of a disabled user, and other passwords' sessions."""
        for device in account.sessions:
            device.ended = device.ended or not account.active or device.version != account.version

    # What the world sees.

    def post(self, path: str, body: Any, place: str = "home", token: str = "") -> Any:
        headers = {"User-Agent": place, **({"Authorization": f"Bearer {token}"} if token else {})}
        return self.client.post(path, body, content_type="application/json", secure=True, headers=headers)

    def expect(self, token: Access) -> None:
        """The endpoint and the public function give the result of the model."""
        headers = {"Authorization": f"Bearer {token.text}"}
        lives = self.lives(token)
        by_key = self.client.get("/key/", secure=True, headers=headers)
        assert by_key.status_code == (200 if lives else 401), (lives, by_key.json())
        answer = self.client.get("/plain/", secure=True, headers=headers)
        assert answer.status_code == (200 if lives else 401), (lives, answer.json())
        if lives:
            assert answer.json() == {"user": token.device.account.name, "session": token.device.id}
        assert django_bearer.is_token_revoked(token.text) is not lives

    def take(self, device: Device, answer: Any) -> None:
        """An access token out of an answer, and what is known of it without asking our code."""
        text = answer.json()["access_token"]
        expires = min(self.now + ACCESS, device.end) // S
        assert answer.json()["expires_in"] == expires - self.now // S
        token = Access(device, text, kid_of(text), self.now // S, expires, device.proved_at // S)
        assert token.kid == self.signer()
        self.access.append(token)
        self.expect(token)

    def some_device(self, number: int) -> Device:
        return self.devices[-1 - number % len(self.devices)]

    def see_keys(self) -> None:
        """The signing keys there are, read from the table by the names it has."""
        rows = SigningKey.objects.filter(use="sig").order_by("serial").values_list("kid", "state")
        self.ring = {kid: KeyState(state) for kid, state in rows}

    # Logging in and out.

    @rule(number=pick, place=st.sampled_from(PLACES))
    def log_in(self, number: int, place: str) -> None:
        account = self.accounts[number % len(self.accounts)]
        answer = self.post("/auth/login/", {"username": account.name, "password": account.password}, place)
        rehashed = account.there and account.strength != Quick.iterations
        if rehashed:
            account.strength = Quick.iterations
            self.saved(account)
        if not account.there or not account.active:
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
            return
        assert answer.status_code == 200, answer.json()
        if not self.ring:
            self.see_keys()
        body = answer.json()
        device = Device(
            account=account,
            id=body["session_id"],
            issued=self.now,
            version=account.version,
            issuer_epoch=self.issuer_epoch,
            tokens=[body["refresh_token"]],
            made_with=[self.maker()],
            idle_end=self.now + IDLE,
            proved_at=self.now,
        )
        account.sessions.append(device)
        self.devices.append(device)
        self.take(device, answer)

    @rule()
    def sweep(self) -> None:
        """Every access token there ever was."""
        for token in self.access:
            self.expect(token)

    @rule(number=pick)
    def fail_to_log_in(self, number: int) -> None:
        account = self.accounts[number % len(self.accounts)]
        answer = self.post("/auth/login/", {"username": account.name, "password": "wrong"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")

    @rule(number=pick)
    def call(self, number: int) -> None:
        self.expect(self.access[-1 - number % len(self.access)])

    @rule(number=pick, back=st.integers(0, 3))
    def log_out_by_refresh_token(self, number: int, back: int) -> None:
        """Any token of the session will do, of whatever generation, as long as its key is known."""
        device = self.some_device(number)
        generation = max(0, len(device.tokens) - 1 - back)
        assert self.post("/auth/logout/", {"refresh_token": device.tokens[generation]}).status_code == 204
        if self.refresh_keys[device.made_with[generation]]:
            device.ended = True

    @rule(number=pick)
    def log_out_by_access_token(self, number: int) -> None:
        token = self.access[-1 - number % len(self.access)]
        answer = self.post("/auth/logout/", {}, token=token.text)
        assert answer.status_code == (204 if self.lives(token) else 401)
        token.device.ended = token.device.ended or answer.status_code == 204

    @rule(number=pick)
    def log_out_everywhere(self, number: int) -> None:
        token = self.access[-1 - number % len(self.access)]
        answer = self.post("/auth/logout-everywhere/", {}, token=token.text)
        recent = 0 <= self.now // S - token.proved_at <= FRESH
        assert answer.status_code == (204 if self.lives(token) and recent else 401)
        if answer.status_code == 204:
            self.end_all(token.device.account)

    @rule(number=pick)
    def revoke_one_session(self, number: int) -> None:
        device = self.some_device(number)
        assert django_bearer.revoke_session(uuid.UUID(device.id)) is not device.ended
        device.ended = True

    @rule(number=pick)
    def revoke_one_access_token(self, number: int) -> None:
        token = self.access[-1 - number % len(self.access)]
        assert django_bearer.revoke_token(token.text) is self.lives(token)
        token.revoked = token.revoked or self.lives(token)

    # Stepping up.

    @rule(number=pick, right=st.booleans())
    def step_up(self, number: int, right: bool) -> None:
        """The same session goes on with new tokens, and none of before comes back."""
        token = self.access[-1 - number % len(self.access)]
        device = token.device
        password = device.account.password if right else "wrong"
        rehashed = right and self.lives(token) and device.account.strength != Quick.iterations
        answer = self.post("/auth/step-up/", {"password": password}, token=token.text)
        if not (self.lives(token) and right):
            assert answer.status_code == (403 if self.lives(token) else 401), answer.json()
            return
        if rehashed:
            device.account.strength = Quick.iterations
            self.saved(device.account)
        if device.proved_at > self.now:  # the clock has gone back
            assert answer.status_code == 503, answer.json()
            return
        assert answer.status_code == 200, answer.json()
        assert answer.json()["session_id"] == device.id
        if device.proved_at // S == self.now // S:  # a token names its login by seconds: this one is ended by itself
            token.revoked = True
        device.proved_at = self.now
        self.rotate(device, answer.json()["refresh_token"], "", "")
        device.fresh.add(len(device.tokens) - 1)
        self.take(device, answer)

    # Refreshing.

    @rule(
        number=pick,
        back=st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2, 3]),
        place=st.sampled_from(["", "", "", *PLACES]),
        retry=st.sampled_from(["", "", "same", "new"]),
        client=st.sampled_from([OURS] * 9 + ["other-client"]),
    )
    def refresh(self, number: int, back: int, place: str, retry: str, client: str) -> None:
        device = self.some_device(number)
        generation = max(0, len(device.tokens) - 1 - back)
        key = {"same": device.retry_key, "new": f"retry {len(self.access)}"}.get(retry, "")
        place = place or device.place or "home"
        answer = self.post(
            "/auth/refresh/",
            {"refresh_token": device.tokens[generation], "retry_key": key, "client_id": client},
            place,
        )
        self.judge(device, answer, self.verdict(device, generation, client, place, key), generation, place, key)

    def try_refresh(self, device: Device, back: int = 0, place: str = "", key: str = "") -> None:
        generation = max(0, len(device.tokens) - 1 - back)
        place = place or device.place or "home"
        body = {"refresh_token": device.tokens[generation], "retry_key": key}
        answer = self.post("/auth/refresh/", body, place)
        self.judge(device, answer, self.verdict(device, generation, OURS, place, key), generation, place, key)

    @rule(
        number=pick,
        edge=st.sampled_from([H, H - 1, H + S // 2, W, W + 1, -W, -W - 1, -H, -H - 1, 0]),
        back=st.sampled_from([0, 1]),
    )
    def refresh_at_an_edge(self, number: int, edge: int, back: int) -> None:
        """As far from the last rotation as a row of the table reaches, and one step further."""
        device = self.some_device(number)
        if device.rotated_at is None:
            self.try_refresh(device)
        if device.rotated_at is not None:
            self.go_to(device.rotated_at + edge)
            self.try_refresh(device, back)
            self.go_to(self.now + max(0, -edge))

    @rule(number=pick, off=st.sampled_from([-1, 0, 1]), end=st.sampled_from(["idle", "absolute", "access"]))
    def live_up_to_an_end(self, number: int, off: int, end: str) -> None:
        """Advance to the expiry of a session or access token, or just past it, and then back."""
        device = self.some_device(number)
        before = self.now
        last = max(token.expires for token in self.access if token.device is device) * S
        if end == "absolute":
            reached = 0
            while not self.fault(device) and reached < device.idle_end < device.end:
                reached = device.idle_end
                self.go_to(device.idle_end - 1)
                self.try_refresh(device)  # one that is refused, or held, moves no end
        self.go_to({"idle": device.idle_end, "absolute": device.end, "access": last}[end] + off)
        self.sweep()
        self.try_refresh(device)
        self.sweep()
        self.go_to(before)

    @rule(number=pick, meanwhile=st.sampled_from(["", "refresh", "call"]))
    def disable_and_enable_behind_our_back(self, number: int, meanwhile: str) -> None:
        """No signal tells us; a refresh meanwhile ends the session for good, a call does not."""
        device = self.some_device(number)
        rows = get_user_model().objects.filter(pk=device.account.pk)
        rows.update(is_active=False)
        before, device.account.active = device.account.active, False
        if meanwhile == "refresh":
            self.try_refresh(device)
        elif meanwhile == "call":
            self.sweep()
        rows.update(is_active=before)
        device.account.active = before
        self.sweep()

    @rule(number=pick, times=st.integers(1, 3))
    def log_in_with_outdated_hashes(self, number: int, times: int) -> None:
        """The same password is rehashed again and again; the oldest sessions live on."""
        for _ in range(times):
            Quick.iterations += 1
            self.log_in(number, "home")
        self.sweep()

    @rule(number=pick, back=st.sampled_from([0, 0, 0, 1]))
    def refresh_by_function(self, number: int, back: int) -> None:
        """The public function has no context: in the grace period that is concurrent use, and only an event."""
        device = self.some_device(number)
        generation = max(0, len(device.tokens) - 1 - back)
        verdict = self.verdict(device, generation, OURS, "", "")
        raises = {"ended": errors.SessionEnded, "retry": errors.TemporarilyUnavailable}.get(verdict.split()[0])
        if raises is not None:
            with pytest.raises(raises):
                django_bearer.refresh_session(device.tokens[generation])
            self.note_refusal(device, verdict)
            return
        found = django_bearer.refresh_session(device.tokens[generation])
        if verdict == "rotate":
            assert found.refresh_token is not None
            self.rotate(device, found.refresh_token, "", "")
        else:
            assert found.refresh_token == (device.tokens[-1] if verdict == "grace" else None)

    @rule(
        number=pick,
        off=st.sampled_from([0, 0, -1, -1, -2, 1, 3]),
        delivery=st.sampled_from([TokenDelivery.BODY] * 4 + [TokenDelivery.COOKIE]),
    )
    def refresh_with_a_forged_secret(self, number: int, off: int, delivery: TokenDelivery) -> None:
        """What a restored backup or a stolen refresh key could make: our MAC over a secret nobody was given."""
        device = self.some_device(number)
        generation = max(0, len(device.tokens) - 1 + off)
        secrets = signing_keys.ring(ISSUER).refresh_keys()
        forged = RefreshToken(secrets.key_id, uuid.UUID(device.id), generation, delivery, b"f" * 32)
        answer = self.post("/auth/refresh/", {"refresh_token": forged.encode(secrets)})
        fault = self.fault(device)
        # One behind, and the key of the row's own token gone: it cannot be told, and nothing may change (row 14).
        # So it is just after a step-up, which left nothing to tell any earlier token by (row 23).
        behind, stepped = len(device.tokens) - 1 - generation, len(device.tokens) - 1 in device.fresh
        blind = behind == 1 and not stepped and not self.refresh_keys[device.made_with[-1]]
        blind = blind or (behind >= 1 and stepped and self.now - (device.rotated_at or 0) < H)
        if not fault and blind and delivery is TokenDelivery.BODY:
            assert answer.status_code == 503
            return
        assert answer.status_code == 401
        self.note_refusal(device, f"ended {fault or 'reuse'}")

    def verdict(self, device: Device, generation: int, client: str, place: str, key: str) -> str:
        """The table of `docs/reference/rotation.md`, told as a story."""
        if not self.refresh_keys[device.made_with[generation]]:
            return "ended unknown"
        fault = self.fault(device)
        if fault or client != OURS:
            return f"ended {fault or 'client'}"
        behind = len(device.tokens) - 1 - generation
        since = 0 if device.rotated_at is None else self.now - device.rotated_at
        if behind == 0:
            return "keep" if device.rotated_at is not None and -H <= since < H else "rotate"
        stepped = len(device.tokens) - 1 in device.fresh
        if stepped and since < H:
            return "retry"
        if behind > 1 or stepped:
            return "ended reuse"
        if not self.refresh_keys[device.made_with[-1]]:
            return "retry"
        if (key and key == device.retry_key) or abs(since) <= W:
            return "grace"
        return "ended reuse" if since > W else "retry"

    def judge(self, device: Device, answer: Any, verdict: str, generation: int, place: str, key: str) -> None:
        body = answer.json()
        if verdict.startswith("ended"):
            assert (answer.status_code, body["code"]) == (401, "session_ended"), (verdict, body)
            self.note_refusal(device, verdict)
        elif verdict == "retry":
            assert (answer.status_code, body["code"]) == (503, "retry"), body
        else:
            assert answer.status_code == 200, (verdict, body)
            assert body["session_id"] == device.id
            if verdict == "rotate":
                self.rotate(device, body["refresh_token"], place, key)
            else:
                assert body.get("refresh_token") == (device.tokens[-1] if verdict == "grace" else None)
            self.take(device, answer)

    def rotate(self, device: Device, token: str, place: str, key: str) -> None:
        assert token not in device.tokens
        device.tokens.append(token)
        device.made_with.append(self.maker())
        device.rotated_at, device.retry_key, device.place = self.now, key, place
        device.idle_end = min(self.now + IDLE, device.end)

    def note_refusal(self, device: Device, verdict: str) -> None:
        """A reused token and a user who may not log in end the session; every other refusal changes nothing."""
        if verdict in ("ended reuse", "ended user"):
            device.ended = True

    # Accounts.

    @rule(number=pick, active=st.booleans(), way=st.sampled_from(["save", "update"]))
    def set_active(self, number: int, active: bool, way: str) -> None:
        account = self.accounts[number % len(self.accounts)]
        account.active = active
        rows = get_user_model().objects.filter(pk=account.pk)
        if way == "update":
            rows.update(is_active=active)
        elif account.there:
            user = rows.get()
            user.is_active = active
            user.save()
            self.saved(account)

    @rule(number=pick, way=st.sampled_from(["save", "save one column", "assign a hash", "update", "sql"]))
    def change_password(self, number: int, way: str) -> None:
        account = self.accounts[number % len(self.accounts)]
        if not account.there or (way == "assign a hash" and account.strength != Quick.iterations):
            return
        account.version += 1
        account.password = f"{account.name} {account.version}"
        account.strength = Quick.iterations
        user = get_user_model().objects.get(pk=account.pk)
        user.set_password(account.password)
        if way == "save":
            user.save()
        elif way == "save one column":
            # As Django's own password forms do not, and a careless view might: it must not pass for a rehash.
            user.save(update_fields=["password"])
        elif way == "assign a hash":
            # It looks like a rehash, and the stored hash was not outdated: so it is none.
            user._password = None
            user.save(update_fields=["password"])
        elif way == "update":
            get_user_model().objects.filter(pk=account.pk).update(password=make_password(account.password))
        else:
            with connections[databases.active()].cursor() as cursor:
                cursor.execute(
                    "UPDATE auth_user SET password = %s WHERE id = %s", [make_password(account.password), account.pk]
                )
        if way not in ("update", "sql"):
            self.saved(account)

    @rule(number=pick)
    def save_the_user_for_another_reason(self, number: int) -> None:
        account = self.accounts[number % len(self.accounts)]
        if account.there:
            user = get_user_model().objects.get(pk=account.pk)
            user.first_name += "x"
            user.save()
            self.saved(account)

    @rule()
    def strengthen_the_hasher(self) -> None:
        """Every stored hash is outdated now: the next login rehashes the same password."""
        Quick.iterations += 1

    @precondition(lambda self: len(self.accounts) < 4)
    @rule()
    def a_user_joins(self) -> None:
        name = f"user{len(self.accounts)}"
        user = get_user_model().objects.create_user(name, password=name)
        self.accounts.append(Account(name, user.pk, name, strength=Quick.iterations))

    @precondition(lambda self: len(self.accounts) > 2)
    @rule(way=st.sampled_from(["delete", "sql"]))
    def a_user_leaves(self, way: str) -> None:
        account = self.accounts[-1]
        if way == "delete":
            get_user_model().objects.filter(pk=account.pk).delete()
            self.end_all(account)
        else:
            with connections[databases.active()].cursor() as cursor:
                cursor.execute("DELETE FROM auth_user WHERE id = %s", [account.pk])
        account.there = False

    # Keys and epochs.

    @precondition(lambda self: len(self.ring) < 5)
    @rule(state=st.sampled_from([KeyState.PUBLISHED, KeyState.ACTIVE]))
    def add_a_key(self, state: KeyState) -> None:
        kid = key_rotation.publish(ISSUER, state)
        assert kid not in self.ring
        self.ring[kid] = state

    @rule(number=pick, state=st.sampled_from([*KeyState, None]))
    def move_a_key(self, number: int, state: KeyState | None) -> None:
        kid = list(self.ring)[-1 - number % len(self.ring)]
        if state is None and len(self.ring) < 5:
            self.add_a_key(KeyState.ACTIVE)
        others = [k for k, s in self.ring.items() if s is KeyState.ACTIVE and k != kid]
        if not others and state is not KeyState.ACTIVE:
            return
        if state is None:
            key_rotation.remove(ISSUER, kid)
            del self.ring[kid]
        else:
            key_rotation.move(ISSUER, kid, state)
            self.ring[kid] = state

    @rule(number=pick)
    def revoke_a_key(self, number: int) -> None:
        """Everything it signed is dead at once; sessions go on, and a key is there to sign."""
        kid = list(self.ring)[number % len(self.ring)]
        django_bearer.revoke_key(kid)
        del self.ring[kid]
        before = set(self.ring)
        self.see_keys()
        assert kid not in self.ring
        assert before <= set(self.ring)
        assert KeyState.ACTIVE in self.ring.values()

    @precondition(lambda self: len(self.refresh_keys) < 4)
    @rule()
    def add_a_refresh_key(self) -> None:
        key_rows.insert_refresh(databases.active(), ISSUER)
        self.other_process_changed_the_ring()
        self.refresh_keys.append(True)

    @precondition(lambda self: sum(self.refresh_keys) > 1)
    @rule(number=pick)
    def lose_a_refresh_key(self, number: int) -> None:
        """As after a table was restored without its newest row."""
        there = [n for n, found in enumerate(self.refresh_keys) if found]
        lost = there[number % len(there)]
        rows = SigningKey.objects.filter(use="refresh").order_by("serial")
        SigningKey.objects.filter(pk=rows[there.index(lost)].pk).delete()
        self.other_process_changed_the_ring()
        self.refresh_keys[lost] = False

    def other_process_changed_the_ring(self) -> None:
        row = Issuer.objects.get(name=ISSUER)
        Issuer.objects.filter(name=ISSUER).update(ring_version=row.ring_version + 1)
        signing_keys.clear_cache()

    @rule(sure=st.booleans())
    def raise_the_issuer_epoch(self, sure: bool) -> None:
        if sure:
            self.issuer_epoch += 1
            assert django_bearer.revoke_all_issuer_tokens() == self.issuer_epoch
            self.try_refresh(self.devices[-1])

    # Time.

    def go_to(self, timestamp: int) -> None:
        clock.advance((timestamp - self.now) / S)
        self.now = timestamp

    @rule(by=passing)
    def time_passes(self, by: int) -> None:
        self.go_to(self.now + by)

    @rule()
    def half_a_minute_passes(self) -> None:
        self.go_to(self.now + H)

    @rule()
    def process_restarts(self) -> None:
        signing_keys.clear_cache()
        clear_signature_cache()


def run(examples: int, steps: int, **bearer: Any) -> None:
    hashers = [f"{__name__}.Quick"]
    with override_settings(BEARER={**BEARER, **bearer}, PASSWORD_HASHERS=hashers, ROOT_URLCONF=__name__):
        run_state_machine_as_test(
            SessionLifecycle,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )


STOCK = pytest.mark.skipif(
    os.environ.get("BEARER_TEST_USER", "auth.User") != "auth.User",
    reason="the model of accounts is that of the stock user; other user models have tests of their own",
)


@pytest.fixture(autouse=True)
def nothing_is_purged(monkeypatch: pytest.MonkeyPatch) -> None:
    """One login in 32 purges, by chance: a session that is over would be gone where the model still has it."""
    monkeypatch.setattr(cleanup, "ONE_IN", 2**31)


@STOCK
@pytest.mark.usefixtures("db")
class TestSessionLifecycle:
    def test_system_and_model_agree(self) -> None:
        run(int(os.environ.get("TRIALS", "25")), 40)

    @pytest.mark.hard
    def test_system_and_model_agree_for_long(self) -> None:
        run(int(os.environ.get("TRIALS", "400")), 80)


@STOCK
class TestSessionLifecycleByFeed:
    """The feed reads in the transaction of each history, which in production it never does, so that all is undone."""

    @pytest.fixture(autouse=True)
    def feed(self, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(feed_verification, "_in_transaction", aliases.in_transaction)
        with feed_install.installed(database):
            feed_install.forget_that_it_is_new(database)
            yield

    @pytest.mark.parametrize("database", [databases.EVERY[0]], indirect=True)
    def test_system_and_model_agree(self) -> None:
        run(5, 25, REVOCATION="feed", REVOCATION_DELAY=60)

    @pytest.mark.hard
    @pytest.mark.parametrize("database", [databases.EVERY[n] for n in (0, 1, 3)], indirect=True)
    def test_system_and_model_agree_for_long(self) -> None:
        run(int(os.environ.get("TRIALS", "400")), 60, REVOCATION="feed", REVOCATION_DELAY=60)
