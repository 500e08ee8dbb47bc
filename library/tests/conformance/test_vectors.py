"""The foreign vectors, every run: no false accept, no false reject of what we offer, no escaped exception."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_bearer.tokens import jws
from tests.feed_everywhere import exact_mode

from .run_vectors import Verdict, families, main, no_network, results

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("BEARER_VECTORS", Path(__file__).parents[4] / "shared" / "vectors"))
FILES = ("jws_verify.json", "authorization_header.json", "thumbprints.json")


def load(name: str) -> Any:
    if not (FOLDER / name).is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{FOLDER / name} is missing, and CI must not pass without it")
        pytest.skip(f"{FOLDER / name} is missing; set BEARER_VECTORS to the folder of vectors")
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


WITHOUT_DATABASE = exact_mode("the keys are in memory and there is no database, whose changes the feed would tell")


@WITHOUT_DATABASE
@pytest.mark.parametrize("name", FILES)
def test_no_vector_fails(name: str) -> None:
    """BR-01 to BR-05, JB-01 to JB-09, JB-12, JB-13, JB-17 to JB-19, JK-02, JK-06."""
    found = results(load(name))
    assert found
    assert [(one.id, one.reason) for one in found if one.verdict is Verdict.FAILED] == []


@WITHOUT_DATABASE
@pytest.mark.parametrize("name", FILES)
def test_program_says_the_same(name: str) -> None:
    """In a process of its own, where the first case imports what a test run has imported long before."""
    load(name)
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.run_vectors", str(FOLDER / name)],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_only_algorithms_we_do_not_offer_and_unscored_cases_are_skipped() -> None:
    reasons = {one.reason for one in results(load("jws_verify.json")) if one.verdict is Verdict.SKIPPED}
    assert all(reason.endswith("is not offered") or reason == "either answer is right" for reason in reasons)
    assert "ES256 is not offered" not in reasons


# What follows shows that the runner itself can fail, on vectors made here.

OCT = {"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}
A1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
"""RFC 7515 appendix A.1."""


def judged(**members: Any) -> Verdict:
    case = {"id": "x", "group": "g", "address": "s", "key": OCT, "algs": ["HS256"], "token": A1, **members}
    return results({"cases": [case]})[0].verdict


def test_false_accept_fails() -> None:
    assert judged(expect="reject") is Verdict.FAILED


def test_false_reject_of_an_offered_algorithm_fails() -> None:
    assert judged(expect="accept") is Verdict.PASSED
    assert judged(expect="accept", token=A1[:-2] + "AA") is Verdict.FAILED


def test_key_set_is_searched_by_kid() -> None:
    other = {**OCT, "k": "A" * 43, "kid": "other"}
    assert judged(expect="accept", key={"keys": [OCT]}) is Verdict.PASSED
    assert judged(expect="reject", key={"keys": [other]}) is Verdict.PASSED
    assert judged(expect="reject", key={"keys": []}) is Verdict.PASSED


def test_token_of_another_shape_than_text_is_refused() -> None:
    assert judged(expect="reject", token={"payload": "", "signatures": []}) is Verdict.PASSED


def test_escaped_exception_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(raw: bytes) -> Any:
        raise TypeError("escaped")

    monkeypatch.setattr(jws, "_header", broken)
    assert judged(expect="reject") is Verdict.FAILED


def test_opened_socket_fails_even_when_the_error_is_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """JB-13: no network fetch follows from a token."""
    plain = jws._header

    def curious(raw: bytes) -> Any:
        with contextlib.suppress(AssertionError):
            socket.create_connection(("127.0.0.1", 9))
        return plain(raw)

    monkeypatch.setattr(jws, "_header", curious)
    assert judged(expect="accept") is Verdict.FAILED


@pytest.mark.parametrize("header", ["jku", "x5u", "jwk", "x5c"])
def test_key_named_by_the_token_is_refused_without_asking_the_network(header: str) -> None:
    """JB-13."""
    head = jws.base64url_encode(json.dumps({"alg": "HS256", header: "https://127.0.0.1/keys"}).encode())
    with no_network() as opened:
        assert judged(expect="reject", token=".".join([head, *A1.split(".")[1:]])) is Verdict.PASSED
    assert opened == []


def test_layer_jwt_asks_the_claims_themselves() -> None:
    """A weak key must not be what refuses a bad claim."""
    head, _, tail = A1.split(".")
    good, bad = (jws.base64url_encode(json.dumps(c).encode()) for c in ({"aud": "my_audience"}, {"aud": [1]}))
    assert judged(expect="reject", layer="jwt", token=f"{head}.{bad}.{tail}") is Verdict.PASSED
    assert judged(expect="reject", layer="jwt", token=f"{head}.{good}.{tail}") is Verdict.FAILED


@pytest.mark.parametrize(("line", "expect"), [("Bearer test-token", "anonymous"), ("Bearer nonsense", "token")])
def test_wrong_answer_to_a_header_fails(line: str, expect: str) -> None:
    case = {"id": "x", "address": "s", "authorization": [line], "expect": expect}
    assert results({"cases": [case]})[0].verdict is Verdict.FAILED


def test_program_counts_by_family_and_exits_non_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {"id": "bad", "group": "g", "address": "s", "key": OCT, "algs": ["HS256"], "token": A1, "expect": "reject"}
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({"cases": [case, {**case, "id": "good", "expect": "accept"}]}))
    assert main([str(file)]) == 1
    printed = capsys.readouterr().out
    assert "1 passed     1 failed     0 skipped  g / s" in printed
    assert "FAILED bad: false accept" in printed
    assert main([str(tmp_path / "none.json")]) == 2


def test_families_count_every_verdict() -> None:
    found = results({"cases": [{"id": "x", "authorization": [], "expect": "anonymous"}]})
    assert families(found) == {"no family": {Verdict.PASSED: 1, Verdict.FAILED: 0, Verdict.SKIPPED: 0}}
