"""A small provider of OpenID Connect on loopback, so that the demo can show a login at another site.

It asks for no password: whoever opens its page picks who to be. Its answers are those of a real one: a code that is
good once, for its client, page and PKCE verifier, and an ID token with the nonce.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT = "notes"
PEOPLE = {"kai": "Kai", "lea": "Lea", "max": "Max"}
TEXTS = {
    "en": ("Sign in at Company", "Who are you?", "Go on as {}", "Cancel"),
    "de": ("Bei Company anmelden", "Wer sind Sie?", "Weiter als {}", "Abbrechen"),
}
PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{question}</p><ul>{choices}</ul></main></body></html>"""
ASKED = ("client_id", "redirect_uri", "state", "code_challenge")


class Company:
    """What it knows: its key, its client's secret and page, and which codes it has given for what."""

    def __init__(self, issuer: str, page: str) -> None:
        self.issuer, self.page = issuer, page
        self.secret = secrets.token_urlsafe(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.given: dict[str, dict[str, str]] = {}
        self.lock = threading.Lock()

    def choices(self, asked: dict[str, str], language: str) -> tuple[int, str]:
        """The page that asks who somebody is. Nothing is sent anywhere but to the page that the client has named."""
        known = (asked.get("client_id"), asked.get("redirect_uri")) == (CLIENT, self.page)
        if not known or not all(asked.get(name) for name in ASKED) or asked.get("code_challenge_method") != "S256":
            return 400, "This is no request of a client of mine."
        title, question, go_on, cancel = TEXTS["de" if language.startswith("de") else "en"]
        links = [(f"/pick?{urlencode({**asked, 'as': name})}", go_on.format(shown)) for name, shown in PEOPLE.items()]
        refused = urlencode({"error": "access_denied", "state": asked["state"], "iss": self.issuer})
        links.append((f"{self.page}?{refused}", cancel))
        listed = "".join(f'<li><a href="{escape(url)}">{escape(text)}</a></li>' for url, text in links)
        said = "de" if language.startswith("de") else "en"
        return 200, PAGE.format(language=said, title=title, question=question, choices=listed)

    def picked(self, asked: dict[str, str]) -> str | None:
        """The URL with which the browser goes back; None for a request that is not as its page makes it."""
        person = asked.pop("as", "")
        if person not in PEOPLE or self.choices(asked, "en")[0] != 200:
            return None
        code = secrets.token_urlsafe(16)
        with self.lock:
            self.given[code] = {**asked, "as": person}
        return f"{self.page}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def exchanged(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""
        with self.lock:
            asked = self.given.pop(form.get("code", ""), None)
        right = hmac.compare_digest(form.get("client_secret", "").encode(), self.secret.encode())
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or not right
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != self.page
        ):
            return None
        now = int(time.time())
        about = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce")}
        person = self.person(asked["as"])
        token = jwt.encode({**about, **person}, self.key, algorithm="ES256", headers={"kid": "one"})
        return {"access_token": asked["as"], "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def person(self, name: str) -> dict[str, Any]:
        """What is told of somebody."""
        return {"sub": name, "email": f"{name}@company.example", "email_verified": True, "name": PEOPLE[name]}

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 section 3."""
        places = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        ends = {f"{name}_endpoint": f"{self.issuer}/{place}" for name, place in places.items()}
        more = {"authorization_response_iss_parameter_supported": True}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **ends, **more}

    def keys(self) -> dict[str, Any]:
        """Its public key."""
        found = jwt.get_algorithm_by_name("ES256").to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**found, "kid": "one", "alg": "ES256"}]}


def start(page: str) -> Company:
    """A provider that answers on a free port as long as the process runs; `page` is where browsers go back to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the names of http.server
            place, asked = urlsplit(self.path).path, _single(urlsplit(self.path).query)
            match place:
                case "/authorize":
                    status, text = company.choices(asked, self.headers.get("Accept-Language", ""))
                    self._say(status, text, "text/html; charset=utf-8")
                case "/pick" if url := company.picked(asked):
                    self._say(302, "", "text/plain", Location=url)
                case "/.well-known/openid-configuration":
                    self._say_json(200, company.metadata())
                case "/jwks":
                    self._say_json(200, company.keys())
                case "/userinfo" if (name := self.headers.get("Authorization", "")[7:]) in PEOPLE:
                    self._say_json(200, company.person(name))
                case _:
                    self._say_json(404, {})

        def do_POST(self) -> None:
            form = _single(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
            tokens = company.exchanged(form) if self.path == "/token" else None
            self._say_json(*((200, tokens) if tokens else (400, {"error": "invalid_grant"})))

        def _say_json(self, status: int, body: dict[str, Any]) -> None:
            self._say(status, json.dumps(body), "application/json")

        def _say(self, status: int, text: str, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    company = Company(f"http://127.0.0.1:{server.server_address[1]}", page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return company


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
