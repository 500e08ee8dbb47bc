"""The steps that a login may lack: a second factor, the enrolment of the first one, an address to confirm."""

from __future__ import annotations

from collections.abc import Mapping

from . import enrolment
from .allauth_login import login_by_allauth
from .connection import Connection
from .enrolment import Enrolment
from .logins import Step, login
from .server_errors import LoginIncomplete
from .steps import Flow

Lacking = LoginIncomplete | str
"""The error of a login that lacks a step, or the `limited_token` of it."""


class LoginSteps(Connection):
    """The base of `BearerAuth` for what follows a name and a password."""

    def second_factor(self, lacking: Lacking, code: str) -> None:
        """Finish a login that lacks its second factor.

        Args:
            lacking: The error that the login raised, or the `limited_token` in its `members`.
            code: The code that the user has, or a recovery code.

        Raises:
            InvalidCode: The code is wrong, or was used before.
            AccountsError: The same, where django-allauth looked at it.
            InvalidLimitedToken: The login is over.
            LoginIncomplete: The login lacks another step.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came.
            TokenFileError: The tokens could not be stored.
        """
        self._run(self._second(lacking, code))

    async def asecond_factor(self, lacking: Lacking, code: str) -> None:
        """Do what `second_factor` does, in asynchronous code."""
        await self._arun(self._second(lacking, code))

    def mail_enrolment_code(self, lacking: Lacking) -> bool:
        """Begin the enrolment of a first second factor: a code goes to the address that the user verified before.

        Args:
            lacking: The error of a login whose step is `enrol`, or the `limited_token` in its `members`.

        Returns:
            Whether a code was mailed. If not, an administrator makes one (`bearer_enrolment_code`).

        Raises:
            InvalidLimitedToken: The login is over.
            RateLimited: Too many codes were mailed; `retry_after` says how many seconds to wait.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came.
            TokenFileError: The token file cannot be read.
        """
        return self._run(enrolment.mail_code(self._known(lacking)))

    async def amail_enrolment_code(self, lacking: Lacking) -> bool:
        """Do what `mail_enrolment_code` does, in asynchronous code."""
        return await self._arun(enrolment.mail_code(self._known(lacking)))

    def begin_enrolment(self, lacking: Lacking, code: str) -> Enrolment:
        """Go on with the mailed code, or the one that an administrator made.

        Args:
            lacking: The error of a login whose step is `enrol`, or the `limited_token` in its `members`.
            code: The code.

        Returns:
            What the factor shows the user. Give it to `complete_enrolment`; the `limited_token` of before has ended.

        Raises:
            InvalidCode: The code is wrong.
            InvalidLimitedToken: The login is over.
            RateLimited: Too many codes; `retry_after` says how many seconds to wait.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came.
            TokenFileError: The token file cannot be read.
        """
        return self._run(enrolment.begin({**self._known(lacking), "code": code}))

    async def abegin_enrolment(self, lacking: Lacking, code: str) -> Enrolment:
        """Do what `begin_enrolment` does, in asynchronous code."""
        return await self._arun(enrolment.begin({**self._known(lacking), "code": code}))

    def complete_enrolment(self, begun: Enrolment, code: str) -> tuple[str, ...]:
        """Store the new factor with its first code, and log in.

        Args:
            begun: What `begin_enrolment` returned.
            code: The first code of the user's app.

        Returns:
            The recovery codes, shown this once. Where another error follows the enrolment, its `members` has them as
            `recovery_codes`.

        Raises:
            InvalidCode: The code is wrong: ask for another one.
            InvalidLimitedToken: The login is over.
            LoginIncomplete: The factor is stored, and the login lacks another step.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came. The factor may be stored: log in, and see which step is lacking.
            TokenFileError: The factor is stored, and the tokens could not be.
        """
        return self._run(self._complete(begun, code))

    async def acomplete_enrolment(self, begun: Enrolment, code: str) -> tuple[str, ...]:
        """Do what `complete_enrolment` does, in asynchronous code."""
        return await self._arun(self._complete(begun, code))

    def confirm_address(self, lacking: LoginIncomplete, code: str) -> None:
        """Finish a login through django-allauth whose step is `verify_email`.

        Args:
            lacking: The error that the login raised.
            code: The code that was mailed.

        Raises:
            AccountsError: The code is wrong.
            LoginIncomplete: The login lacks another step.
            ServerRefusal: The server refused for another reason.
            Unreachable: No answer came.
            TokenFileError: The tokens could not be stored.
        """
        self._run(self._allauth_step(lacking, "auth/email/verify", {"key": code}))

    async def aconfirm_address(self, lacking: LoginIncomplete, code: str) -> None:
        """Do what `confirm_address` does, in asynchronous code."""
        await self._arun(self._allauth_step(lacking, "auth/email/verify", {"key": code}))

    def _second(self, lacking: Lacking, code: str) -> Flow[Mapping[str, object]]:
        if isinstance(lacking, LoginIncomplete) and "session_token" in lacking.members:
            return self._allauth_step(lacking, "auth/2fa/authenticate", {"code": code})
        body = {**self._limited(lacking), "code": code}
        return login(self._keeper, Step("login/second-factor/", body, self._client))

    def _complete(self, begun: Enrolment, code: str) -> Flow[tuple[str, ...]]:
        body = {**self._limited(begun.limited_token), "code": code}
        members = yield from login(self._keeper, Step("login/enrol/factor/", body, self._client))
        return enrolment.recovery_codes(members)

    def _allauth_step(
        self, lacking: LoginIncomplete, path: str, body: Mapping[str, object]
    ) -> Flow[Mapping[str, object]]:
        token = _member(lacking, "session_token")
        return login_by_allauth(self._keeper, self._accounts, path, body, self._client, token)

    def _known(self, lacking: Lacking) -> dict[str, object]:
        """The same, from a device that the server may know: nobody elsewhere fills its limits."""
        token = self._keeper.reload().known_device_token
        return {**self._limited(lacking), **({"known_device_token": token} if token else {})}

    def _limited(self, lacking: Lacking) -> dict[str, object]:
        token = lacking if isinstance(lacking, str) else _member(lacking, "limited_token")
        return {**self._client, "limited_token": token}


def _member(lacking: LoginIncomplete, name: str) -> str:
    found = lacking.members.get(name)
    if not isinstance(found, str):
        raise ValueError(f"This login has no {name}: its step is {lacking.members.get('step')}.")
    return found
