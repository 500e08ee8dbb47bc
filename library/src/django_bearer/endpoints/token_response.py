"""The answer that carries tokens, the same for login and refresh."""

from __future__ import annotations

from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..http.challenge import NO_STORE, Answer
from ..sessions.token_response import IssuedTokens


@sensitive_variables()
def tokens_answer(issued: IssuedTokens, known_device_token: str = "") -> Answer:
    """RFC 6749 section 5.1, never stored. Without a refresh token the client keeps the one it has."""
    members: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(sorted(issued.scope)),
        "session_id": str(issued.session_id),
    }
    if issued.refresh_token is not None:
        members |= {"refresh_token": issued.refresh_token, "refresh_expires_in": issued.refresh_expires_in}
    if known_device_token:
        members["known_device_token"] = known_device_token
    return Answer(200, members, NO_STORE)
