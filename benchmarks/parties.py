"""Every party's way to answer, by what is asked: the cases that `benchmarks.speed` measures.

Each function returns the cases of one group. The first case is the baseline: the same view without authentication.
"""

from __future__ import annotations

import base64
import io
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from . import feed, project
from .measure import Case, Environ

PASSWORD = "correct horse battery staple"
NONE = "no authentication"
NINJA = "no authentication, ninja"
Handler = Callable[..., Any]


class Parties:
    """The handlers and credentials that the cases share; made once the tables are there."""

    def __init__(self) -> None:
        self.user = project.user()
        self.users: Iterator[Any] = cycle(project.many_users(500))
        self.bare, self.standard = handler([]), _unlimited(handler(project.DJANGO_MIDDLEWARE))
        self.ours, self.ours_alone = handler(project.OUR_MIDDLEWARE), handler(project.OUR_MIDDLEWARE[:1])
        self.allauth = _unlimited(handler(project.ALLAUTH_MIDDLEWARE))
        self.client = _oauth_client(self.user)

    def get(self) -> list[Case]:
        """GET of a view that shows the user's name."""
        from knox.models import AuthToken
        from ninja_jwt.tokens import AccessToken as NinjaToken
        from rest_framework.authtoken.models import Token
        from rest_framework_simplejwt.tokens import AccessToken

        from django_bearer import issue_api_token, issue_session

        from . import limit

        session = issue_session(self.user)
        limit.seen[session.access_token] = _session_id(session.access_token)
        machine = issue_api_token(self.user, name="benchmark", expires_in=86_400)
        made = _json(self.allauth, environ("/_allauth/app/v1/auth/login", body=self._account()))
        access = f"Bearer {session.access_token}"
        return [
            _get(NONE, self.standard, "/none/"),
            _get("limit: one statement", self.standard, "/limit/statement/", access),
            _get("django-bearer", self.ours, "/bearer/", access),
            _get("django-bearer, API token", self.ours, "/bearer/", f"Bearer {machine.token}"),
            _get("simplejwt", self.standard, "/simplejwt/", f"Bearer {AccessToken.for_user(self.user)}"),
            _get("authtoken", self.standard, "/authtoken/", f"Token {Token.objects.create(user=self.user).key}"),
            _get("knox", self.standard, "/knox/", f"Token {AuthToken.objects.create(self.user)[1]}"),
            _get("oauth-toolkit", self.standard, "/oauth/", f"Bearer {self._oauth_token()['access_token']}"),
            _get("allauth, JWT", self.allauth, "/allauth/jwt/", f"Bearer {made['meta']['access_token']}"),
            _get("allauth, session", self.allauth, "/allauth/session/", session=_django_session(self.user)),
            _get(NINJA, self.standard, "/ninja/none"),
            _get("ninja-jwt", self.standard, "/ninja/jwt", f"Bearer {NinjaToken.for_user(self.user)}", NINJA),
        ]

    def get_without_user(self) -> list[Case]:
        """GET of a view that only needs somebody to be authenticated."""
        from rest_framework_simplejwt.tokens import AccessToken

        from django_bearer import issue_session

        from . import limit

        tokens = [issue_session(self.user).access_token]
        limit.OneSignature.key = _public_key(tokens[0])
        limit.seen[tokens[0]] = _session_id(tokens[0])
        access, stateless = f"Bearer {tokens[0]}", f"Bearer {AccessToken.for_user(self.user)}"
        feed.install()

        def seen(n: int) -> list[Environ]:
            return [environ("/bearer/anonymous/", access) for _ in range(n)]

        def unseen(n: int) -> list[Environ]:
            made = (issue_session(self.user).access_token for _ in range(n))
            return [environ("/bearer/anonymous/", f"Bearer {token}") for token in made]

        return [
            _get(NONE, self.standard, "/none/"),
            Case("django-bearer, feed mode", self.ours, seen, within=feed.mode),
            Case("django-bearer, feed mode, a token not seen before", self.ours, unseen, within=feed.mode),
            _get("a dictionary", self.standard, "/limit/dictionary/", access),
            _get("limit: one ES256 signature", self.standard, "/limit/signature/", access),
            _get("simplejwt, stateless", self.standard, "/simplejwt/stateless/", stateless),
        ]

    def get_public(self) -> list[Case]:
        """GET of a view that needs nobody, without any middleware and with ours alone."""
        return [
            _get("plain view", self.bare, "/plain/none/"),
            _get("django-bearer, plain view", self.ours_alone, "/plain/public/"),
            _get("REST framework's view", self.bare, "/none/"),
            _get(
                "django-bearer, REST framework's view", self.ours_alone, "/public/", baseline="REST framework's view"
            ),
        ]

    def get_refused(self) -> list[Case]:
        """GET with a token that is refused, beside REST framework's own 401."""
        from rest_framework_simplejwt.tokens import AccessToken

        from django_bearer import issue_session
        from django_bearer.sessions.revocation import end_session

        ours, theirs = issue_session(self.user).access_token, str(AccessToken.for_user(self.user))
        revoked = issue_session(self.user).access_token
        end_session(_session_id(revoked), "logout")
        cases = [
            _get("REST framework's 401", self.standard, "/refusing/"),
            _get("django-bearer, garbage", self.ours, "/bearer/", "Bearer garbage"),
            _get("django-bearer, forged", self.ours, "/bearer/", f"Bearer {_forged(ours)}"),
            _get("django-bearer, revoked", self.ours, "/bearer/", f"Bearer {revoked}"),
            _get("simplejwt, garbage", self.standard, "/simplejwt/", "Bearer garbage"),
            _get("simplejwt, forged", self.standard, "/simplejwt/", f"Bearer {_forged(theirs)}"),
        ]
        for case in cases:
            case.status = "401"
        return cases

    def login(self) -> list[Case]:
        """A login each from an address of its own, since no address may log in without end."""

        def basic(count: int) -> list[Environ]:
            pairs = (f"{next(self.users).username}:{PASSWORD}".encode() for _ in range(count))
            return [
                _from(environ("/knox/login/", f"Basic {base64.b64encode(pair).decode()}", body={})) for pair in pairs
            ]

        def oauth(count: int) -> list[Environ]:
            accounts = (self._account() | {"grant_type": "password", **self.client} for _ in range(count))
            return [_from(environ("/o/token/", form=account)) for account in accounts]

        return [
            _post(NONE, self.standard, "/none/", lambda: {"refresh": "x"}),
            _post("django-bearer", self.ours, "/auth/login/", self._account),
            _post("simplejwt", self.standard, "/simplejwt/login/", self._account),
            _post("authtoken", self.standard, "/authtoken/login/", self._account),
            Case("knox", self.standard, basic),
            Case("oauth-toolkit", self.standard, oauth),
            _post("allauth, JWT", self.allauth, "/_allauth/app/v1/auth/login", self._account),
            _post(NINJA, self.standard, "/ninja/none", lambda: {"refresh": "x"}),
            _post("ninja-jwt", self.standard, "/ninja/token/pair", self._account, NINJA),
        ]

    def refresh(self) -> list[Case]:
        """A refresh each of a session of its own, so that nobody is measured on a token that was traded already."""
        from ninja_jwt.tokens import RefreshToken as NinjaToken
        from rest_framework_simplejwt.tokens import RefreshToken

        from django_bearer import issue_session

        def ours() -> dict[str, str]:
            return {"refresh_token": issue_session(next(self.users)).refresh_token}

        def oauth(count: int) -> list[Environ]:
            tokens = [self._oauth_token()["refresh_token"] for _ in range(count)]
            return [
                environ("/o/token/", form={"grant_type": "refresh_token", "refresh_token": token, **self.client})
                for token in tokens
            ]

        def allauth() -> dict[str, str]:
            made = _json(self.allauth, _from(environ("/_allauth/app/v1/auth/login", body=self._account())))
            return {"refresh_token": made["meta"]["refresh_token"]}

        return [
            _post(NONE, self.standard, "/none/", lambda: {"refresh": "x" * 200}),
            _post("django-bearer", self.ours, "/auth/refresh/", ours),
            _post(
                "simplejwt, rotation and blacklist",
                self.standard,
                "/simplejwt/refresh/",
                lambda: {"refresh": str(RefreshToken.for_user(next(self.users)))},
            ),
            Case("oauth-toolkit", self.standard, oauth),
            _post("allauth, JWT", self.allauth, "/_allauth/app/v1/tokens/refresh", allauth),
            _post(NINJA, self.standard, "/ninja/none", lambda: {"refresh": "x" * 200}),
            _post(
                "ninja-jwt, rotation and blacklist",
                self.standard,
                "/ninja/token/refresh",
                lambda: {"refresh": str(NinjaToken.for_user(next(self.users)))},
                NINJA,
            ),
        ]

    def logout(self) -> list[Case]:
        """The end of a session, by whoever holds its token."""
        from knox.models import AuthToken
        from ninja_jwt.tokens import RefreshToken as NinjaToken
        from rest_framework_simplejwt.tokens import RefreshToken

        from django_bearer import issue_session

        def ours(count: int) -> list[Environ]:
            tokens = [issue_session(next(self.users)).access_token for _ in range(count)]
            return [environ("/auth/logout/", f"Bearer {token}", body={}) for token in tokens]

        def knox(count: int) -> list[Environ]:
            tokens = [AuthToken.objects.create(next(self.users))[1] for _ in range(count)]
            return [environ("/knox/logout/", f"Token {token}", body={}) for token in tokens]

        return [
            _post(NONE, self.standard, "/none/", lambda: {"refresh": "x"}),
            Case("django-bearer", self.ours, ours),
            _post(
                "simplejwt, blacklist",
                self.standard,
                "/simplejwt/logout/",
                lambda: {"refresh": str(RefreshToken.for_user(next(self.users)))},
            ),
            Case("knox", self.standard, knox),
            _post(NINJA, self.standard, "/ninja/none", lambda: {"refresh": "x"}),
            _post(
                "ninja-jwt, blacklist",
                self.standard,
                "/ninja/token/blacklist",
                lambda: {"refresh": str(NinjaToken.for_user(next(self.users)))},
                NINJA,
            ),
        ]

    def revoke(self) -> list[Case]:
        """A token is revoked by RFC 7009; simplejwt's is its list."""
        from rest_framework_simplejwt.tokens import RefreshToken

        from django_bearer import issue_session

        def ours(count: int) -> list[Environ]:
            tokens = [issue_session(next(self.users)).refresh_token for _ in range(count)]
            return [_from(environ("/auth/revoke/", form={"token": token})) for token in tokens]

        def oauth(count: int) -> list[Environ]:
            tokens = [self._oauth_token()["access_token"] for _ in range(count)]
            return [environ("/o/revoke_token/", form={"token": token, **self.client}) for token in tokens]

        return [
            _post(NONE, self.standard, "/none/", lambda: {"refresh": "x"}),
            Case("django-bearer", self.ours, ours),
            _post(
                "simplejwt, blacklist",
                self.standard,
                "/simplejwt/logout/",
                lambda: {"refresh": str(RefreshToken.for_user(next(self.users)))},
            ),
            Case("oauth-toolkit", self.standard, oauth),
        ]

    def groups(self) -> dict[str, Callable[[], list[Case]]]:
        """Every group by its name, in the order in which they are measured."""
        return {
            "GET": self.get,
            "GET public": self.get_public,
            "GET refused": self.get_refused,
            "login": self.login,
            "refresh": self.refresh,
            "logout": self.logout,
            "revoke": self.revoke,
            "GET without the user": self.get_without_user,  # last, since it adds triggers
        }

    def _account(self) -> dict[str, str]:
        return {"username": next(self.users).username, "password": PASSWORD}

    def _oauth_token(self) -> dict[str, str]:
        body = self._account() | {"grant_type": "password", **self.client}
        found: dict[str, str] = _json(self.standard, environ("/o/token/", form=body))
        return found


def handler(middleware: list[str]) -> Handler:
    """Django's WSGI handler under these middleware."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(MIDDLEWARE=middleware):
        return WSGIHandler()


def _unlimited(found: Handler) -> Handler:
    """The handler of another party: our app counts every `authenticate()` of a project, and must not count theirs."""
    from django.contrib import auth

    from django_bearer.http import limited_authenticate

    patched = limited_authenticate._PATCHED

    def handle(request: Environ, start: Callable[..., Any]) -> Any:
        ours = getattr(auth, patched)
        setattr(auth, patched, project.DJANGO_BACKENDS)
        try:
            return found(request, start)
        finally:
            setattr(auth, patched, ours)

    return handle


def environ(
    path: str,
    authorization: str = "",
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    session: str = "",
) -> Environ:
    """A request as a server hands it over: GET, or POST where there is a body or a form."""
    raw = json.dumps(body).encode() if body is not None else urlencode(form).encode() if form is not None else b""
    kind = "application/json" if body is not None else "application/x-www-form-urlencoded" if form is not None else ""
    found: Environ = {
        "REQUEST_METHOD": "POST" if kind else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": "testserver",
        "HTTP_ACCEPT": "application/json",
        "HTTP_USER_AGENT": "benchmark",
        "CONTENT_LENGTH": str(len(raw)),
        "CONTENT_TYPE": kind,
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": sys.stderr,
    }
    if authorization:
        found["HTTP_AUTHORIZATION"] = authorization
    if session:
        found["HTTP_X_SESSION_TOKEN"] = session
    return found


def _get(name: str, at: Handler, path: str, authorization: str = "", baseline: str = "", session: str = "") -> Case:
    return Case(name, at, lambda n: [environ(path, authorization, session=session) for _ in range(n)], baseline)


def _post(name: str, at: Handler, path: str, body: Callable[[], Mapping[str, str]], baseline: str = "") -> Case:
    return Case(name, at, lambda n: [_from(environ(path, body=body())) for _ in range(n)], baseline)


def _from(found: Environ) -> Environ:
    """The same request from an address of its own."""
    return found | {"REMOTE_ADDR": ".".join(["10", *(str(random.randrange(256)) for _ in range(3))])}


def _json(at: Handler, request: Environ) -> Any:
    status: list[str] = []
    response = at(request, lambda said, headers, error=None: status.append(said))
    body = b"".join(response)
    response.close()
    if not status[0].startswith("2"):
        raise RuntimeError(f"{request['PATH_INFO']} answered {status[0]}: {body[:300]!r}")
    return json.loads(body)


def _oauth_client(user: Any) -> dict[str, str]:
    """A client of oauth-toolkit that may log users in by their passwords."""
    from oauth2_provider.models import Application

    Application.objects.create(
        name="benchmark",
        user=user,
        client_id="benchmark",
        client_type="public",
        authorization_grant_type="password",
    )
    return {"client_id": "benchmark"}


def _django_session(user: Any) -> str:
    """The key of a session of Django's in which the user is logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    made = SessionStore()
    made[SESSION_KEY], made[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    made[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    made.save()
    return str(made.session_key)


def _session_id(token: str) -> Any:
    import uuid

    return uuid.UUID(_claims(token)["sid"])


def _claims(token: str) -> Any:
    payload = token.split(".")[1]  # bearer: ignore[BT410] -- a token that was just issued here; nothing trusts it
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def _forged(token: str) -> str:
    """The same token with another signature of the right form."""
    head, payload, signature = token.split(".")
    last = "A" if signature[10] != "A" else "B"
    return f"{head}.{payload}.{signature[:10]}{last}{signature[11:]}"


def _public_key(token: str) -> Any:
    """The key under which an access token of ours is verified."""
    import jwt

    from django_bearer.database import signing_keys

    key = signing_keys.ring("https://testserver").verifier(jwt.get_unverified_header(token)["kid"])
    if key is None:
        raise RuntimeError("the key of a token that was just issued is gone")
    return key.public
