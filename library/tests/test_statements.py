"""What each endpoint asks of the database, in statements and commits, as docs/performance/statements.md says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from django_bearer import (
    Allow,
    Limit,
    LoginAttempt,
    authenticate_token,
    create_handover,
    issue_api_token,
    issue_enrolment_code,
    issue_session,
    issue_ticket,
)
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup
from tests.conftest import PASSWORD
from tests.token_clients import CLIENTS, SECRET, basic, bearer

PAGE = Path(__file__).parents[2] / "docs" / "performance" / "statements.md"
ROW = re.compile(r"\| ([^|]+) \| (\d+)(?: \((\d+) on PostgreSQL\))? \| (\d+) \| ([^|]+) \|")
BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?! *$)")
Scenario = Callable[[Any], Callable[[], Any]]
"""From a user to a request, everything before it done."""


class Factor:
    """A second factor of the project's own."""

    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> list[str]:
        return ["otp"]

    def factors_fingerprint(self, user: Any) -> str:
        return "one device"


def policy(attempt: LoginAttempt) -> Allow | Limit:
    return Limit("second_factor")  # type: ignore[arg-type]


class Enrollable(Factor):
    """One that nobody has yet."""

    def is_enrolled(self, user: Any) -> bool:
        return False

    def verified_email(self, user: Any) -> str:
        return "ann@example.com"

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        return {}, "secret"

    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, str]:
        return {}


SETTINGS = {
    **settings.BEARER,
    "CLIENTS": CLIENTS,
    "RECOVERY_URL": "https://api.example.com/recover#{token}",
    "EMAIL_UNDO_URL": "https://api.example.com/undo#{token}",
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
WITH_FACTOR = {**SETTINGS, "SECOND_FACTOR": f"{__name__}.Factor", "LOGIN_POLICY": f"{__name__}.policy"}

REMEMBERING = {**WITH_FACTOR, "LOGIN_POLICY": None, "REMEMBERED_DEVICE_LIFETIME": 86_400}


REQUIRED = {
    **SETTINGS,
    "SECOND_FACTOR": f"{__name__}.Enrollable",
    "MFA_REQUIRED": "everyone",
    "MFA_ENROLMENT_TIME": 0,
}


def post(path: str, headers: dict[str, str] | None = None, /, **body: Any) -> Callable[[], Any]:
    return lambda: Client().post(path, body, content_type="application/json", headers=headers or {})


def get(path: str, token: str = "", method: str = "get") -> Callable[[], Any]:
    return lambda: getattr(Client(), method)(path, headers=bearer(token) if token else {})


def login(**more: Any) -> Callable[[], Any]:
    return post("/auth/login/", **{"username": "ann", "password": PASSWORD, **more})


def full(user: Any) -> Callable[[], Any]:
    wrong = login(username="ann", password="wrong")
    for _ in range(10):
        wrong()
    return wrong


def limited(user: Any) -> Callable[[], Any]:
    with override_settings(BEARER=WITH_FACTOR):
        token = login()().json()["limited_token"]
    return post("/auth/login/second-factor/", limited_token=token, code="123456")


def enrol_code(user: Any) -> Callable[[], Any]:
    return post("/auth/login/enrol/code/", limited_token=login()().json()["limited_token"])


def enrol(user: Any) -> Callable[[], Any]:
    token = login()().json()["limited_token"]
    return post("/auth/login/enrol/", limited_token=token, code=issue_enrolment_code(user))


def enrol_factor(user: Any) -> Callable[[], Any]:
    return post("/auth/login/enrol/factor/", limited_token=enrol(user)().json()["limited_token"], code="123456")


def recovery(user: Any) -> Callable[[], Any]:
    get_user_model().objects.filter(pk=user.pk).update(email="ann@example.com")
    return post("/auth/recovery/", account="ann")


def new_password(user: Any) -> Callable[[], Any]:
    recovery(user)()
    [token] = re.findall(r"recover#(\S+)", str(mail.outbox[-1].body))
    return post("/auth/recovery/password/", recovery_token=token, password="a wholly new passphrase")


def new_address(user: Any) -> Callable[[], Any]:
    get_user_model().objects.filter(pk=user.pk).update(email="ann@example.com")
    return post("/auth/email/", bearer(access(user)), email="ann@new.example", password=PASSWORD)


def confirmed_address(user: Any) -> Callable[[], Any]:
    token = access(user)
    get_user_model().objects.filter(pk=user.pk).update(email="ann@example.com")
    post("/auth/email/", bearer(token), email="ann@new.example", password=PASSWORD)()
    [code] = re.findall(r"minutes: (\S+)", str(mail.outbox[-1].body))
    return post("/auth/email/confirm/", bearer(token), code=code)


def undone_address(user: Any) -> Callable[[], Any]:
    confirmed_address(user)()
    [token] = re.findall(r"undo#(\S+)", "\n".join(str(one.body) for one in mail.outbox))
    return post("/auth/email/undo/", undo_token=token)


def due(user: Any) -> Callable[[], Any]:
    token = issue_session(user).refresh_token
    clock.advance(60)
    return post("/auth/refresh/", refresh_token=token)


def reused(user: Any) -> Callable[[], Any]:
    token = issue_session(user).refresh_token
    clock.advance(60)
    post("/auth/refresh/", refresh_token=token)()
    clock.advance(60)
    return post("/auth/refresh/", refresh_token=token)


def acting(user: Any) -> Callable[[], Any]:
    staff = type(user).objects.create_superuser("staff", password=None)
    return post("/auth/impersonate/", bearer(access(staff)), user=str(user.pk))


def access(user: Any) -> str:
    found = issue_session(user, amr=["pwd"]).access_token
    get("/drf/", found)()
    return found


def older(user: Any) -> str:
    """An access token of a login that is not of this very second."""
    found = access(user)
    clock.advance(1)
    return found


def api_token(user: Any) -> str:
    found = issue_api_token(user, name="machine", expires_in=3600, scope=["notes:read"]).token
    get("/drf/", found)()
    return str(found)


def report() -> Any:
    body = b'{"csp-report": {"violated-directive": "img-src"}}'
    return Client().post("/auth/csp-report/", body, content_type="application/csp-report")


def one_session(user: Any) -> Callable[[], Any]:
    other = issue_session(user)
    return get(f"/auth/sessions/{other.session_id}/", access(user), "delete")


def one_api_token(user: Any) -> Callable[[], Any]:
    other = issue_api_token(user, name="other", expires_in=3600, scope=["notes:read"])
    return get(f"/auth/api-tokens/{other.id}/", access(user), "delete")


def remembered() -> dict[str, Any]:
    token = login()().json()["limited_token"]
    body = {"limited_token": token, "code": "123456", "remember_device": True}
    return dict(post("/auth/login/second-factor/", **body)().json())


def on_remembered(user: Any) -> Callable[[], Any]:
    return login(remembered_device_token=remembered()["remembered_device_token"])


def one_device(user: Any) -> Callable[[], Any]:
    token = remembered()["access_token"]
    get("/drf/", token)()
    [found] = get("/auth/remembered-devices/", token)().json()["remembered_devices"]
    return get(f"/auth/remembered-devices/{found['id']}/", token, "delete")


def devices(user: Any) -> Callable[[], Any]:
    token = remembered()["access_token"]
    get("/drf/", token)()
    return get("/auth/remembered-devices/", token)


def ticket(user: Any, path: str, purpose: str = "download") -> str:
    return issue_ticket(authenticate_token(access(user)), purpose=purpose, path=path).ticket


def followed(user: Any) -> Callable[[], Any]:
    browser, path = Client(), "/films/dune/"
    browser.get(f"{path}1?ticket={ticket(user, path, 'media')}", secure=True)
    return lambda: browser.get(f"{path}2", secure=True)


def handover(user: Any) -> tuple[str, str]:
    """An access token, and the code of a handover of its login to an app."""
    token = access(user)
    return token, create_handover(authenticate_token(token), "phone").code


def begin(user: Any, code: str = "") -> Callable[[], Any]:
    code = code or handover(user)[1]
    return post("/auth/handover/begin/", client_id="phone", code=code, code_challenge=CHALLENGE)


def look(user: Any) -> Callable[[], Any]:
    token, code = handover(user)
    begin(user, code)()
    return post("/auth/handover/receiver/", bearer(token), code=code)


def approve(user: Any, token: str = "", code: str = "") -> Callable[[], Any]:
    token, code = (token, code) if code else handover(user)
    number = begin(user, code)().json()["number"]
    return post("/auth/handover/approve/", bearer(token), code=code, number=number)


def redeem(user: Any) -> Callable[[], Any]:
    token, code = handover(user)
    approve(user, token, code)()
    return post("/auth/handover/redeem/", client_id="phone", code=code, code_verifier=VERIFIER)


VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PLACE = {"purpose": "download", "path": "/invoices/7/"}
SCENARIOS: dict[str, Scenario] = {
    "a public view, no token": lambda user: get("/drf-open/"),
    "a closed view, no token": lambda user: get("/drf/"),
    "any view, access token": lambda user: get("/drf/", access(user)),
    "any view, API token": lambda user: get("/drf/", api_token(user)),
    "any view, no token of ours": lambda user: get("/drf/", access(user)[:-4] + "AAAA"),
    "`login/`": lambda user: login(),
    "`login/` from a known device": lambda user: login(known_device_token=login()().json()["known_device_token"]),
    "`login/`, wrong password": lambda user: login(password="wrong"),
    "`login/`, over the limit": full,
    "`login/`, second step wanted": lambda user: login(),
    "`login/second-factor/`": limited,
    "`login/enrol/code/`": enrol_code,
    "`login/enrol/`": enrol,
    "`login/enrol/factor/`": enrol_factor,
    "`refresh/`": due,
    "`refresh/` within 30 seconds": lambda user: post(
        "/auth/refresh/", refresh_token=due(user)().json()["refresh_token"]
    ),
    "`refresh/`, reused token": reused,
    "`recovery/`": recovery,
    "`recovery/password/`": new_password,
    "`email/`": new_address,
    "`email/confirm/`": confirmed_address,
    "`email/undo/`": undone_address,
    "`step-up/`": lambda user: post("/auth/step-up/", bearer(older(user)), password=PASSWORD),
    "`logout/`": lambda user: post("/auth/logout/", bearer(access(user))),
    "`logout-everywhere/`": lambda user: post("/auth/logout-everywhere/", bearer(access(user))),
    "`verify/`": lambda user: post("/auth/verify/", token=access(user)),
    "`revoke/`": lambda user: post("/auth/revoke/", token=issue_session(user).refresh_token),
    "`introspect/`": lambda user: post("/auth/introspect/", basic("gateway", SECRET.text), token=access(user)),
    "`sessions/`": lambda user: get("/auth/sessions/", access(user)),
    "`sessions/<id>/`, DELETE": one_session,
    "`login/` on a remembered device": on_remembered,
    "`remembered-devices/`": devices,
    "`remembered-devices/<id>/`, DELETE": one_device,
    "`api-tokens/`": lambda user: get("/auth/api-tokens/", access(user)),
    "`api-tokens/`, POST": lambda user: post(
        "/auth/api-tokens/", bearer(access(user)), name="x", expires_in=3600, scope="notes:read", password=PASSWORD
    ),
    "`api-tokens/<id>/`, DELETE": one_api_token,
    "`password/`": lambda user: post(
        "/auth/password/", bearer(older(user)), password=PASSWORD, new_password="another horse"
    ),
    "`impersonate/`": acting,
    "`tickets/`": lambda user: post("/auth/tickets/", bearer(access(user)), **PLACE),
    "`handover/`": lambda user: post("/auth/handover/", bearer(access(user)), to="phone", password=PASSWORD),
    "`handover/begin/`": begin,
    "`handover/receiver/`": look,
    "`handover/approve/`": approve,
    "`handover/redeem/`": redeem,
    "a view that accepts it, ticket": lambda user: get(f"/invoices/7/?ticket={ticket(user, '/invoices/7/')}"),
    "the same view, the ticket's cookie": followed,
    "`csp-report/`": lambda user: report,
    "`jwks.json`": lambda user: get("/.well-known/jwks.json"),
    "`oauth-authorization-server`": lambda user: get("/.well-known/oauth-authorization-server"),
}
WANT_FACTOR = {"`login/`, second step wanted", "`login/second-factor/`"}


def told(vendor: str = "") -> dict[str, tuple[int, int]]:
    second = 3 if vendor == "postgresql" else 2
    return {found[1]: (int(found[second] or found[2]), int(found[4])) for found in ROW.finditer(PAGE.read_text())}


def counted(captured: CaptureQueriesContext) -> tuple[int, int]:
    """Statements, and commits of something that was written."""
    statements, commits, open_, wrote = 0, 0, False, False
    for query in captured.captured_queries:
        first = query["sql"].split(" ")[0].upper().rstrip(";")
        if first in BRACKETS:
            commits += first == "COMMIT" and wrote
            open_ = {"BEGIN": True, "COMMIT": False, "ROLLBACK": False}.get(first, open_)
            wrote = wrote and open_
            continue
        statements += 1
        writes = first in ("INSERT", "UPDATE", "DELETE") or (first == "WITH" and bool(WRITES.search(query["sql"])))
        wrote, commits = (wrote or writes, commits) if open_ else (False, commits + writes)
    return statements, commits


@pytest.fixture
def _settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cleanup, "ONE_IN", 2**31)  # what it does comes after the answer
    with override_settings(BEARER=SETTINGS, MAILERS=MAILERS, ROOT_URLCONF="tests.endpoints.ticket_urls"):
        yield


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.usefixtures("_settings")
def test_each_endpoint_takes_as_many_statements_as_documented(name: str, database: str) -> None:
    user = get_user_model().objects.create_user("ann", password=PASSWORD)
    issue_session(user)  # an issuer with keys
    get("/drf-open/")()
    own = WITH_FACTOR if name in WANT_FACTOR else REQUIRED if "enrol" in name else SETTINGS
    own = REMEMBERING if "remembered" in name else {**own, "IMPERSONATION_LIFETIME": 600}
    with override_settings(BEARER=own, MAILERS=MAILERS):
        request = SCENARIOS[name](user)
        with CaptureQueriesContext(connections[database]) as captured:
            answer = request()
    assert answer.status_code < 500
    made = [query["sql"] for query in captured.captured_queries]
    assert counted(captured) == told(connections[database].vendor).get(name), (
        answer.status_code,
        answer.content[:200],
        made,
    )


def test_every_row_and_every_route_has_a_scenario() -> None:
    from django_bearer.urls import urlpatterns, well_known

    assert set(told()) == set(SCENARIOS)
    routes = {
        re.sub("<uuid:[a-z_]+>", "<id>", str(route.pattern)) for route in (*urlpatterns, *well_known.urlpatterns)
    }
    assert routes == {found for name in SCENARIOS for found in re.findall("`([^`]+)`", name)}
