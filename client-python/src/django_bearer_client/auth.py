"""The authentication class for httpx, over the flows."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Generator, Iterable

import httpx

from . import renewal
from .answers import says_invalid_token
from .connection import origin_of
from .keeper import Keeper
from .login_steps import LoginSteps
from .logins import Step, login, logout, logout_everywhere
from .memory_store import MemoryStore
from .origins import endpoints_of, read_base
from .provider_logins import ProviderLogins
from .steps import Flow
from .stores import TokenStore


class BearerAuth(ProviderLogins, LoginSteps, httpx.Auth):
    """Keeps a program logged in to one API: give it to httpx as `auth`.

    A call to the API's origin gets the access token, which is renewed before it expires, and once where the API says
    that it is invalid. A call to any other origin gets nothing. One object serves many threads and tasks.

    Args:
        api: The URL of the API. It begins with https://, or names this machine.
        store: Where the tokens are kept; by default in memory. Processes that share a `TokenFile` share the session.
        endpoints: Where the authentication endpoints are, relative to `api`.
        accounts: Where the server includes `django_bearer.integrations.allauth.urls`, relative to `api`.
        client_id: The client's name in the server's `CLIENTS`.
        client_secret: Its secret, if it has one.
        timeout: Seconds that connecting, sending and each part of an answer may take at these endpoints.
        ssl_context: Trusts another authority, or shows a certificate. It must verify the server's.
        transport: Sends the requests to these endpoints in synchronous code, in the place of httpx's own.
        async_transport: The same for asynchronous code.

    Raises:
        ValueError: The URL is not HTTPS and not loopback, carries a password, or the endpoints are of another origin;
            or the context does not verify certificates.
    """

    def __init__(
        self,
        api: str,
        store: TokenStore | None = None,
        *,
        endpoints: str = "auth/",
        accounts: str = "auth/",
        client_id: str = "first-party",
        client_secret: str = "",
        timeout: float = 15.0,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if ssl_context is not None and (
            ssl_context.verify_mode != ssl.CERT_REQUIRED or not ssl_context.check_hostname
        ):
            raise ValueError("The context must verify the server's certificate and its name.")
        self.api = read_base(str(httpx.URL(api)))
        self._endpoints = endpoints_of(self.api, endpoints)
        self._accounts = endpoints_of(self.api, accounts)
        self._origin = origin_of(httpx.URL(self.api))
        self._keeper = Keeper(self.api, client_id, store if store is not None else MemoryStore())
        self._client: dict[str, object] = {"client_id": client_id}
        if client_secret:
            self._client["client_secret"] = client_secret
        self._timeout = timeout
        self._ssl = ssl_context
        self._transport = transport
        self._async_transport = async_transport

    def __repr__(self) -> str:
        return f"<BearerAuth for {self.api}>"

    @property
    def logged_in(self) -> bool:
        """Whether there is a session, as far as is known here: the server may have ended it.

        Raises:
            TokenFileError: The token file cannot be read.
        """
        return bool(self._keeper.reload().refresh_token)

    def login(
        self, username: str, password: str, *, scope: Iterable[str] | None = None, resource: str | None = None
    ) -> None:
        """Log in, in the place of a session before, which ends.

        Args:
            username: The name, as the server's user model calls it.
            password: The password.
            scope: Fewer scopes than the client has.
            resource: The audience of the access tokens, where the client has several.

        Raises:
            InvalidCredentials: Name or password is wrong.
            LoginIncomplete: The login lacks a step, which `members` names as `step`: `second_factor` or `enrol`. Give
                the error to `second_factor` or `mail_enrolment_code`.
            RateLimited: Too many attempts; `retry_after` says how many seconds to wait.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came. Whether a session began is not known.
            TokenFileError: The tokens could not be stored.
        """
        self._run(login(self._keeper, self._credentials(username, password, scope, resource)))

    async def alogin(
        self, username: str, password: str, *, scope: Iterable[str] | None = None, resource: str | None = None
    ) -> None:
        """Do what `login` does, in asynchronous code."""
        await self._arun(login(self._keeper, self._credentials(username, password, scope, resource)))

    def logout(self) -> None:
        """End the session on the server, and forget its tokens.

        Raises:
            Unreachable: No answer came. The session may live on: call it again.
            ServerRefusal: The server refused.
            TokenFileError: The token file cannot be read or written.
        """
        self._run(logout(self._keeper, self._client))

    async def alogout(self) -> None:
        """Do what `logout` does, in asynchronous code."""
        await self._arun(logout(self._keeper, self._client))

    def logout_everywhere(self) -> None:
        """End all sessions and API tokens of the user, on every device, and forget the tokens of this session.

        Raises:
            NotLoggedIn: There is no session.
            SessionEnded: The session is over: log in again.
            ServerRefusal: The server refused. With the code `login_too_old` the login is not recent: log in again.
            Unreachable: No answer came. Whether anything ended is not known: call it again.
            TokenFileError: The token file cannot be read or written.
        """
        self._run(logout_everywhere(self._keeper, self._token()))

    async def alogout_everywhere(self) -> None:
        """Do what `logout_everywhere` does, in asynchronous code."""
        await self._arun(logout_everywhere(self._keeper, self._token()))

    def access_token(self) -> str:
        """Return an access token that is good for a call, for clients other than httpx.

        Raises:
            NotLoggedIn: There is no session.
            SessionEnded: The session is over: log in again.
            Unreachable: No new token can be had now.
            ServerRefusal: The server refused for another reason.
            TokenFileError: The token file cannot be read or written.
        """
        return self._run(self._token())

    async def aaccess_token(self) -> str:
        """Do what `access_token` does, in asynchronous code."""
        return await self._arun(self._token())

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the call with the token, and once more with another where the API refused the first."""
        if origin_of(request.url) != self._origin:
            yield request
            return
        token = self._run(self._token())
        response = yield _with(request, token)
        if self._refuses_token(response) and _is_whole(request):
            yield _with(request, self._run(self._token(refused=token)))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Do the same in asynchronous code."""
        if origin_of(request.url) != self._origin:
            yield request
            return
        token = await self._arun(self._token())
        response = yield _with(request, token)
        if self._refuses_token(response) and _is_whole(request):
            yield _with(request, await self._arun(self._token(refused=token)))

    def _token(self, refused: str | None = None) -> Flow[str]:
        return renewal.access_token(self._keeper, self._client, refused)

    def _refuses_token(self, response: httpx.Response) -> bool:
        """Whether the API itself said so: a redirect may have led elsewhere."""
        if origin_of(response.url) != self._origin:
            return False
        return says_invalid_token(response.status_code, response.headers.get("WWW-Authenticate", ""))

    def _credentials(self, username: str, password: str, scope: Iterable[str] | None, resource: str | None) -> Step:
        if isinstance(scope, str):
            raise TypeError("scope is a list of scopes, not a str.")
        body = {**self._client, "username": username, "password": password}
        if scope is not None:
            body["scope"] = " ".join(scope)
        if resource is not None:
            body["resource"] = resource
        return Step("login/", body, self._client)


def _with(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _is_whole(request: httpx.Request) -> bool:
    """Whether the body can be sent a second time: one that is read from a stream is gone."""
    return isinstance(request.stream, httpx.ByteStream)
