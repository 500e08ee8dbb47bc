"""Test vectors that nobody in this project wrote, run against our real code.

    python -m tests.conformance.run_vectors FILE...

Takes any file of the form of `jws_verify.json`, `authorization_header.json` or `thumbprints.json` (told apart by
their content), prints passed, failed and skipped for each family, and exits non-zero when anything failed: a false
accept, a false reject of an algorithm we offer, an exception that is none of our own, or an opened socket.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django_bearer.errors import BearerError, Failure, InvalidKey, InvalidToken, MalformedToken
from django_bearer.http import bearer_header
from django_bearer.http.bearer_header import Bearer, TokenSources
from django_bearer.keys.algorithms import ALGORITHMS
from django_bearer.keys.key import Key
from django_bearer.keys.thumbprint import thumbprint
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_decode, compact_json, strict_json
from django_bearer.tokens import access_claims
from django_bearer.tokens.jws import Header, take_apart, verify

Case = Mapping[str, Any]


class Verdict(Enum):
    """What became of a case."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """One case: its id, its family, the verdict and the reason for it."""

    id: str
    family: str
    verdict: Verdict
    reason: str = ""


def results(document: Any) -> list[Result]:
    """Every case of a file, run. Raises `ValueError` for a file of no form known here."""
    _django()
    if isinstance(document, Mapping) and "jwk_thumbprints" in document:
        return [_judged(case, _thumbprint) for case in document["jwk_thumbprints"]]
    cases = document.get("cases") if isinstance(document, Mapping) else document
    if not isinstance(cases, list) or not all(isinstance(case, Mapping) for case in cases):
        raise ValueError("no cases in it")
    if all("token" in case and "key" in case for case in cases):
        return [_judged(case, _signature) for case in cases]
    if all("authorization" in case for case in cases):
        return [_judged(case, _header) for case in cases]
    raise ValueError("neither signatures nor Authorization headers")


def _judged(case: Case, judge: Callable[[Case], tuple[Verdict, str]]) -> Result:
    """The verdict on one case, with every socket watched; whatever escapes is a failure."""
    family = " / ".join(str(case[name]) for name in ("group", "address") if case.get(name)) or "no family"
    with no_network() as opened:
        try:
            verdict, reason = judge(case)
        except Exception as error:
            verdict, reason = Verdict.FAILED, f"escaped: {type(error).__name__}: {error}"
    if opened:
        verdict, reason = Verdict.FAILED, f"a socket was opened: {opened[0]}"
    return Result(str(case.get("id", "?")), family, verdict, reason)


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Nothing can open a socket or look up a name in here; what tried is in the list, even if it hid the error."""
    tried: list[str] = []

    def refuse(name: str) -> Callable[..., Any]:
        def refused(*args: Any, **kwargs: Any) -> Any:
            tried.append(f"{name}{args}")
            raise AssertionError(f"{name} was called")

        return refused

    names = ("socket", "create_connection", "getaddrinfo", "gethostbyname")
    before = {name: getattr(socket, name) for name in names}
    for name in names:
        setattr(socket, name, refuse(name))
    try:
        yield tried
    finally:
        for name, found in before.items():
            setattr(socket, name, found)


# Signatures


def _signature(case: Case) -> tuple[Verdict, str]:
    expect, token = case.get("expect"), _as_text(case["token"])
    refused = _refusal(case, token)
    if expect == "either":
        return Verdict.SKIPPED, "either answer is right"
    if expect == "reject":
        return (Verdict.PASSED, refused) if refused else (Verdict.FAILED, "false accept")
    if expect != "accept":
        return Verdict.FAILED, f"the case expects {expect!r}, which means nothing"
    alg = _named_algorithm(token)
    if alg not in ALGORITHMS:
        verdict = Verdict.SKIPPED if refused else Verdict.FAILED
        return verdict, f"{alg} is not offered" if refused else f"accepted {alg}, which is not offered"
    return (Verdict.FAILED, f"false reject: {refused}") if refused else (Verdict.PASSED, "")


def _as_text(token: Any) -> str:
    """A token as it would travel: a JSON serialization is text too."""
    return token if isinstance(token, str) else json.dumps(token)


def _refusal(case: Case, token: str) -> str:
    """Why our code refuses the token, or an empty text. Only our own errors count as a refusal."""
    try:
        payload = verify(token, _configured(case["key"], tuple(case["algs"])))
        if case.get("layer") == "jwt":
            _check_claims(payload)
    except BearerError as error:
        refused = f"{error.code}: {error}"
    else:
        return ""
    if case.get("layer") == "jwt" and case.get("expect") == "reject":
        # A key too weak for us must not be what hides a claim that is believed.
        return refused if _claims_refused(token) else ""
    return refused


def _configured(given: Any, algs: tuple[str, ...]) -> Callable[[Header], Key | None]:
    """What an application that allows `algs` would configure: one key object for each key and algorithm.

    A JWK that names its algorithm has that one; one that names none is bound to each allowed algorithm that its
    type fits. A token finds its key by kid and algorithm among these, as in the ring.
    """
    members = given.get("keys") if isinstance(given, Mapping) and "keys" in given else [given]
    keys, refusals = _key_objects(members if isinstance(members, list) else [], algs)
    if not keys:
        # A key that cannot be loaded is refused when it is configured.
        raise InvalidKey("; ".join(sorted(refusals)) or "no key")

    def key_for(header: Header) -> Key | None:
        of_that_kid = [key for key in keys if header.kid in (None, key.kid)]
        fitting = [key for key in of_that_kid if key.algorithm.name == header.alg]
        if not fitting:
            # Whatever key it is, it must be its own algorithm that decides.
            return of_that_kid[0] if of_that_kid else None
        # Two keys of one name and algorithm are ambiguous, and so is a token without kid that would fit several.
        return fitting[0] if len(fitting) == 1 else None

    return key_for


def _key_objects(members: Iterable[Any], algs: tuple[str, ...]) -> tuple[list[Key], set[str]]:
    keys, refusals = [], set()
    for jwk in members:
        for alg in algs:
            try:
                keys.append(Key.from_jwk(jwk, alg))
            except InvalidKey as error:
                refusals.add(str(error))
    return keys, refusals


AUDIENCE = "my_audience"


def _check_claims(payload: bytes) -> None:
    """The claim checks of an access token, where what a case leaves out is filled in with good claims."""
    now = clock.seconds()
    good: dict[str, Any] = {
        "iss": "https://issuer.example",
        "aud": AUDIENCE,
        "sub": "1",
        "exp": now + 60,
        "iat": now,
        "jti": "j",
        "sid": "00000000-0000-4000-8000-000000000000",
        "client_id": "c",
        "auth_time": now,
        "epochs": [0, 0],
    }
    members = {**good, **strict_json(payload)}
    found = access_claims.parse(compact_json(members))
    access_claims.check(
        found, issuer=str(members["iss"]), audiences=frozenset({AUDIENCE}), now=now * clock.SECOND, leeway=0
    )


def _claims_refused(token: str) -> bool:
    try:
        _check_claims(take_apart(token).payload)
    except BearerError:
        return True
    return False


def _named_algorithm(token: str) -> str:
    """The algorithm a token names, read without our own parser, which may be what is wrong."""
    try:
        head = base64url_decode(token.split(".")[0])
        return str(json.loads(head)["alg"])
    except (MalformedToken, ValueError, KeyError, TypeError):
        return "an unreadable algorithm"


# Authorization headers

VALID = frozenset({"test-token", "token", "vF9dft4qmT"})
_PLACES = ("/plain/", "/drf/")


def _header(case: Case) -> tuple[Verdict, str]:
    """The answer of our parser, and of real requests to a plain view and a REST framework view."""
    allowed = str(case["expect"]).split("|")
    answers = {"credentials.read": _read(case), **{place: _request(case, place) for place in _PLACES}}
    wrong = {endpoint: answer for endpoint, answer in answers.items() if answer not in allowed}
    if wrong:
        return Verdict.FAILED, f"expected {case['expect']}, and got {wrong}"
    return Verdict.PASSED, ""


def _form(case: Case) -> str:
    return urlencode(case["form"], doseq=True) if "form" in case else ""


def _read(case: Case) -> str:
    lines = tuple(case["authorization"])
    found = bearer_header.read(TokenSources(lines, str(case.get("query", "")), _form(case).encode()))
    if isinstance(found, Bearer):
        return "token" if found.token in VALID else "invalid_token"
    return found.error.error if isinstance(found, Failure) else "anonymous"


def _request(case: Case, place: str) -> str:
    """Through the middleware and a view; only the last step, which would look the token up, is ours."""
    response = _sent(case, place)
    code, challenge = response.status_code, response.headers.get("WWW-Authenticate", "")
    if any(character in value for value in response.headers.values() for character in "\r\n"):
        return "a line break in a header"
    if code == 200:
        return "token"
    body = response.json()
    if code == 401 and not challenge.startswith("Bearer"):
        return "a 401 without a challenge"
    if code == 401 and "error=" not in challenge:
        return "anonymous"
    if {"invalid_request": 400, "invalid_token": 401, "insufficient_scope": 403}.get(body["error"]) != code:
        return f"{body['error']} with status {code}"
    return str(body["error"])


def _sent(case: Case, place: str) -> Any:
    from django.test import Client

    from django_bearer.http import authentication

    before = authentication.authenticate
    authentication.authenticate = _authenticate
    try:
        return Client(raise_request_exception=True).generic(
            str(case.get("method", "GET")),
            place,
            **_body(case),
            QUERY_STRING=str(case.get("query", "")),
            secure=True,
            **_authorization(case["authorization"]),
        )
    finally:
        authentication.authenticate = before


def _authorization(lines: list[str]) -> dict[str, str]:
    """Header lines as a WSGI server hands them over: bytes as latin-1, repeated fields joined by a comma."""
    return {"HTTP_AUTHORIZATION": ",".join(lines).encode().decode("latin-1")} if lines else {}


def _body(case: Case) -> dict[str, Any]:
    if "form" in case:
        return {"data": _form(case), "content_type": "application/x-www-form-urlencoded"}
    if "json" in case:
        return {"data": json.dumps(case["json"]), "content_type": "application/json"}
    return {}


def _authenticate(token: str, **_: Any) -> Any:
    from django.contrib.auth import get_user_model

    from django_bearer.accounts.principal import Principal
    from django_bearer.tokens.access_claims import parse

    if token not in VALID:
        return Failure(InvalidToken, "not the valid token of these vectors")
    model = get_user_model()
    user = model(pk=1, **{model.USERNAME_FIELD: "vector"})
    found = parse(
        b'{"iss":"i","aud":"a","sub":"1","exp":9,"iat":0,"jti":"j","client_id":"c","auth_time":0,"epochs":[0,0],'
        b'"sid":"00000000-0000-4000-8000-000000000000"}'
    )
    return Principal(user, found.sid, found.client_id, frozenset(), found)


def _django() -> None:
    """Settings, when this runs as a program; under pytest they are there.

    Then one request to each view, for what a first request imports: a library that opens a socket while it is
    imported (to see whether there is IPv6, for one) must not be taken for a case that opens one.
    """
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        django.setup()
    from django.test import Client

    for place in _PLACES:
        Client().get(place, secure=True)


# Thumbprints


def _thumbprint(case: Case) -> tuple[Verdict, str]:
    found = thumbprint(case["jwk"])
    return (Verdict.PASSED, "") if found == case["sha256"] else (Verdict.FAILED, f"the thumbprint is {found}")


# The program


def families(found: Iterable[Result]) -> dict[str, dict[Verdict, int]]:
    """How many cases of each family came out how."""
    table: dict[str, dict[Verdict, int]] = defaultdict(lambda: dict.fromkeys(Verdict, 0))
    for result in found:
        table[result.family][result.verdict] += 1
    return dict(table)


def _report(name: str, found: list[Result]) -> None:
    print(name)
    table = families(found)
    total = {verdict: sum(row[verdict] for row in table.values()) for verdict in Verdict}
    for family, row in [*sorted(table.items()), ("in all", total)]:
        print("  " + "  ".join(f"{row[verdict]:4} {verdict.value}" for verdict in Verdict) + f"  {family}")
    for result in found:
        if result.verdict is Verdict.FAILED:
            print(f"  FAILED {result.id}: {result.reason}")
    for reason in sorted({result.reason for result in found if result.verdict is Verdict.SKIPPED}):
        print(f"  skipped: {reason}")


def main(paths: list[str]) -> int:
    """Run the files; 0 when nothing failed, 1 when something did, 2 when a file could not be run."""
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    worst = 0
    for path in paths:
        try:
            found = results(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            print(f"{path}: cannot be run: {error}", file=sys.stderr)
            worst = 2
            continue
        _report(path, found)
        if any(result.verdict is Verdict.FAILED for result in found):
            worst = max(worst, 1)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
