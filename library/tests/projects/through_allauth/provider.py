"""A provider of OpenID Connect on loopback: its answers are what a test puts into it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "our-client", "the secret of the provider"


class Provider:
    """What it knows: the person who logs in there, and which codes it has given for what."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.algorithm = issuer, "RS256"
        self.key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person: dict[str, Any] = {"sub": "1001", "email": "ann@example.com", "email_verified": True}
        self.token: dict[str, Any] = {}
        """Claims of the ID token that differ from what they should be."""
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def authorize(self, url: str) -> dict[str, str]:
        """What the person does there: the parameters with which the browser comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def id_token(self, **claims: Any) -> str:
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            **self.person,
            **self.token,
            **claims,
        }
        return jwt.encode(said, self.key, algorithm=self.algorithm, headers={"kid": "one"})

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint: each code once, for its client, its page and the verifier of its challenge."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (form.get("redirect_uri"), challenge) != (asked["redirect_uri"], asked["code_challenge"]):
            return 400, {"error": "invalid_grant"}
        token = self.id_token(**{"nonce": asked.get("nonce"), **self.token})
        return 200, {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
                ends = {f"{name}_endpoint": f"{self.issuer}/{place}" for name, place in names.items()}
                more = {"jwks_uri": f"{self.issuer}/jwks", "authorization_response_iss_parameter_supported": True}
                return 200, {"issuer": self.issuer, **more, **ends}
            case "/jwks":
                kind = jwt.get_algorithm_by_name(self.algorithm)
                key = json.loads(kind.to_jwk(self.key.public_key()))
                return 200, {"keys": [{**key, "kid": "one", "alg": self.algorithm}]}
            case "/token":
                return self.exchange(form)
            case "/userinfo":
                return 200, self.person
        return 404, {}


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            status, body = provider.answer(self.path, form)
            written = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = _answer  # noqa: N815 - the names of http.server

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
