"""Logins at another site, by the token that this program got there."""

from __future__ import annotations

from collections.abc import Mapping

from .allauth_login import login_by_allauth
from .connection import Connection
from .steps import Flow


class ProviderLogins(Connection):
    """The base of `BearerAuth` for logins at another site, through django-allauth at the server."""

    def login_at_provider(self, provider: str, *, client_id: str, id_token: str = "", access_token: str = "") -> None:
        """Log in by a token of another site, in the place of a session before, which ends.

        Args:
            provider: The server's name for the other site.
            client_id: The name under which this program got the token there.
            id_token: The ID token. The server takes it once.
            access_token: The access token, for a site that gives no ID token, or beside it.

        Raises:
            ValueError: Neither token was given.
            LoginIncomplete: The login lacks a step, which `members` names as `step`: `second_factor`, `verify_email`
                or `enrol`. Give the error to `second_factor`, `confirm_address` or `mail_enrolment_code`.
            InvalidCode: The token was sent before.
            AccountsError: The token is not sound (`reason` is `invalid_token`), or that account cannot be used here.
            LoginRefused: The server's policy refuses the user, or the other site's answer is not sound.
            RateLimited: Too many attempts; `retry_after` says how many seconds to wait.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came. Whether a session began is not known.
            TokenFileError: The tokens could not be stored.
        """
        self._run(self._at_provider(provider, client_id, id_token, access_token))

    async def alogin_at_provider(
        self, provider: str, *, client_id: str, id_token: str = "", access_token: str = ""
    ) -> None:
        """Do what `login_at_provider` does, in asynchronous code."""
        await self._arun(self._at_provider(provider, client_id, id_token, access_token))

    def _at_provider(
        self, provider: str, client_id: str, id_token: str, access_token: str
    ) -> Flow[Mapping[str, object]]:
        tokens = {name: sent for name, sent in (("id_token", id_token), ("access_token", access_token)) if sent}
        if not tokens:
            raise ValueError("Give an id_token or an access_token of the other site.")
        token = {"client_id": client_id, **tokens}
        body = {"provider": provider, "process": "login", "token": token}
        return login_by_allauth(self._keeper, self._accounts, "auth/provider/token", body, self._client)
