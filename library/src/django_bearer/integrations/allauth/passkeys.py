"""What a passkey's answer must be before allauth looks at it: of a page of ours, by an algorithm that was offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.mfa.webauthn.internal.auth import get_server
from django.http import HttpRequest
from fido2.webauthn import AttestationObject

from ... import conf
from ...conf.clients import Client
from ...errors import InvalidRequest, MalformedToken, OriginNotAllowed
from ...primitives.encoding import base64url_decode, strict_json
from ...primitives.same_site import origin_of


def require_sound(request: HttpRequest, client: Client, members: Mapping[str, Any]) -> None:
    """Raise `InvalidRequest` or `OriginNotAllowed` for a body with a credential that is not as it must be."""
    if "credential" not in members:
        return
    credential = members["credential"]
    response = credential.get("response") if isinstance(credential, Mapping) else None
    _require_known_page(request, client, response)
    if isinstance(response, Mapping) and "attestationObject" in response:
        _require_offered_algorithm(response["attestationObject"])


def _require_offered_algorithm(attestation: Any) -> None:
    """Raise for a new passkey by an algorithm that was not offered (WebAuthn section 7.1 step 20)."""
    try:
        data = AttestationObject(base64url_decode(attestation)).auth_data.credential_data
        algorithm = None if data is None else data.public_key[3]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MalformedToken) as error:
        raise InvalidRequest("credential is no new passkey") from error
    if algorithm not in {one.alg for one in get_server().allowed_algorithms}:
        raise InvalidRequest("the passkey has an algorithm that was not offered")


def _require_known_page(request: HttpRequest, client: Client, response: Any) -> None:
    """Raise unless the page on which a passkey was used is one of this client's or the API's own.

    allauth accepts every page of the domain; one with foreign scripts would be enough (WebAuthn section 13.4.9). Nor
    may a foreign page have framed it (sections 7.1 step 10 and 7.2 step 14).
    """
    try:
        said = strict_json(base64url_decode(response["clientDataJSON"]))
        origin = said["origin"]
        if not isinstance(origin, str):
            raise TypeError("origin is no text")
    except (KeyError, TypeError, ValueError, AttributeError, MalformedToken) as error:
        raise InvalidRequest("credential is no answer of an authenticator") from error
    allowed = {origin_of(conf.issuer(request)), *client.origins}
    if origin not in allowed:
        raise OriginNotAllowed("the passkey was used on a page that is not among the client's origins")
    if said.get("crossOrigin", False) is not False and said.get("topOrigin") not in allowed:
        raise OriginNotAllowed("the passkey was used in a frame of a page that is not among the client's origins")
