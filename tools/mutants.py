"""Break the code on purpose, one line at a time, and check that a test fails.

    python tools/mutants.py [--only WORD] [--workers 2] [--record FILE]

Each mutant is a weakness somebody could introduce in good faith. A mutant that survives is a missing test. The record
keeps what was killed, so that a run that was cut off can go on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.record import Record
from tools.support import judging

ROOT = Path(__file__).parents[1]
ATTEMPTS = 2
"""How often the tests are started for one mutant where they judge nothing: cut off, or unable to begin."""


@dataclass(frozen=True)
class Mutant:
    """Replace `before` by `after` in a file of the package; at least one of `tests` must fail."""

    file: str
    before: str
    after: str
    tests: str

    @property
    def name(self) -> str:
        """What tells this mutant from the others in a record."""
        return f"{self.file}: {self.before!r} -> {self.after!r}"


MUTANTS = [
    Mutant(
        "database/session_rotation.py",
        "{quote('generation')} = %s AND {quote('current_digest')} = %s\"",
        "(1=1 OR {quote('generation')} = %s OR {quote('current_digest')} = %s)\"",
        "tests/concurrency/test_refresh.py",
    ),
    Mutant("accounts/rehash.py", "_is_outdated(before) and _replace", "_replace", "tests/test_receivers.py"),
    Mutant(
        "database/durable_writes.py",
        "stack.callback(retry_on_conflict, write)",
        "pass",
        "tests/concurrency/test_refusals.py",
    ),
    Mutant(
        "sessions/rotation.py",
        "        case KeepCurrent():",
        "        case KeepCurrent() | Rotate():",
        "tests/endpoints",
    ),
    Mutant(
        "sessions/rotation_rules.py",
        "return Reuse(ReuseReason.ANCIENT, 22)",
        "return KeepCurrent()",
        "tests/sessions/test_rotation_rules.py",
    ),
    Mutant(
        "sessions/rotation_rules.py",
        "if abs(since) <= GRACE_PERIOD",
        "if abs(since) < GRACE_PERIOD",
        "tests/sessions/test_rotation_rules.py",
    ),
    Mutant("sessions/rotation_rules.py", "if behind < 0", "if behind < -1", "tests/sessions/test_rotation_rules.py"),
    Mutant(
        "sessions/rotation_rules.py",
        "return bool(one) and hmac",
        "return hmac",
        "tests/sessions/test_rotation_rules.py",
    ),
    Mutant(
        "accounts/validity.py", "if row.user_epoch < row.user_epoch_now", "if False", "tests/endpoints tests/sessions"
    ),
    Mutant("accounts/validity.py", "if row.now >= row.idle_ends_at", "if False", "tests/sessions"),
    Mutant("sessions/verification.py", "if row.is_revoked", "if False", "tests/http tests/sessions"),
    Mutant(
        "tokens/jws.py", "if parts.header.alg != key.algorithm.name", "if False", "tests/tokens tests/conformance"
    ),
    Mutant("tokens/jws.py", "if asked:", "if False:", "tests/tokens tests/conformance"),
    Mutant("tokens/jws.py", "if typ is not None and not", "if False and not", "tests/tokens"),
    Mutant(
        "tokens/access_claims.py", "if claims.aud not in audiences", "if False", "tests/tokens tests/test_fuzz.py"
    ),
    Mutant("tokens/access_claims.py", "if claims.iss != issuer", "if False", "tests/tokens"),
    Mutant("tokens/access_claims.py", "if isinstance(value, bool) or not", "if not", "tests/tokens"),
    Mutant(
        "primitives/encoding.py",
        'if base64.urlsafe_b64encode(raw).rstrip(b"=") != data',
        "if False",
        "tests/test_encoding.py",
    ),
    Mutant(
        "primitives/encoding.py",
        "if len(members) != len(pairs)",
        "if False",
        "tests/test_encoding.py tests/endpoints",
    ),
    Mutant("tokens/refresh_token.py", "+ bytes([self.delivery])", "+ bytes([1])", "tests/tokens"),
    Mutant(
        "tokens/refresh_token.py",
        "return hmac.compare_digest(_mac(keys, self.signed), self.mac)",
        "return True",
        "tests/endpoints tests/tokens",
    ),
    Mutant(
        "http/middleware.py",
        "elif isinstance(outcome, Failure) and csrf.would_django_refuse(request, view):",
        "elif False:",
        "tests/http",
    ),
    Mutant("http/bearer_header.py", "if names_a_token(carriers)", "if False", "tests/http"),
    Mutant("http/https.py", "or not wire.https_seen", "", "tests/http"),
    Mutant(
        "http/client_address.py",
        "while found is not None and within(found, trusted) and hops",
        "while hops",
        "tests/http/test_client_address.py",
    ),
    Mutant(
        "http/login_limits.py",
        "    if admission.wait:\n        raise",
        "    if False:\n        raise",
        "tests/endpoints",
    ),
    Mutant("database/rate_limit_counters.py", "-(-previous * left // length)", "0", "tests/rate_limits"),
    Mutant(
        "database/key_changes.py",
        "if self.signing() == [kid]:",
        "if keys.active(self.issuer) == [kid]:",
        "tests/database/test_key_changes.py",
    ),
    Mutant("sessions/custom_claims.py", "    if fault:\n", "    if False:\n", "tests/sessions/test_custom_claims.py"),
    Mutant(
        "sessions/issue.py",
        "idle_end(now, client.session_idle_lifetime, ends_at)",
        "now + 3 * 86_400 * SECOND",
        "tests/sessions/test_unused_sessions.py",
    ),
    Mutant(
        "database/schemas_by_hand.py",
        "if using in _found or connection",
        "if True or connection",
        "tests/database/test_schemas_by_hand.py",
    ),
    Mutant(
        "database/durable_writes.py",
        "(held if aliases.in_transaction(using) else now)",
        "now",
        "tests/http/test_transaction_above.py",
    ),
    Mutant(
        "http/last_look.py",
        "answer = None if look is None else look()",
        "answer = None",
        "tests/http/test_last_look.py",
    ),
    Mutant("http/middleware.py", "        csrf.require_check(request)\n", "", "tests/http/test_last_look.py"),
    Mutant(
        "http/deferred.py",
        "\n    request._cached_user = request._acached_user = user",
        "\n    pass",
        "tests/http/test_deferred.py",
    ),
    Mutant(
        "http/route_access.py",
        "Entry.DELEGATED if asks and not _is_logged_in(request) else outcome",
        "Entry.DELEGATED if asks else outcome",
        "tests/http/test_overwritten_user.py",
    ),
    Mutant(
        "http/password_change.py",
        "            attempt.count()\n",
        "            pass\n",
        "tests/http/test_password_change.py",
    ),
    Mutant("http/asgi_connection.py", " and not connection.begun", "", "tests/http/test_asgi_connection.py"),
    Mutant("http/delivery_failure.py", "if isinstance(sys.exc_info()[1], OSError)", "if False", "tests/http"),
    Mutant(
        "database/key_rows.py",
        "members = [row.kid, row.issuer, row.use, row.serial, row.alg, row.state, row.public]",
        "members = []",
        "tests/database tests/test_threat_model.py",
    ),
    Mutant("http/route_access.py", 'if "//" in path or', "if", "tests/http/test_route_access.py"),
    Mutant(
        "http/route_access.py",
        "    return Failure(NotAuthenticated",
        "    return None and Failure(NotAuthenticated",
        "tests/http",
    ),
    Mutant(
        "http/public_views.py",
        "found.dispatch if opens_every_view(found) else view",
        "view",
        "tests/http/test_route_access.py",
    ),
    Mutant(
        "http/public_views.py",
        'own is not None and ("dispatch" in vars(found) or own is not getattr(found.dispatch, _PUBLIC, None))',
        "own is not None",
        "tests/http",
    ),
    Mutant(
        "http/browser_origin.py",
        "origin is not None and origin not in allowed",
        "False",
        "tests/endpoints/test_browser.py",
    ),
    Mutant(
        "http/browser_origin.py",
        'origin is None and site != "same-origin"',
        "False",
        "tests/endpoints/test_browser.py",
    ),
    Mutant(
        "http/cookies.py",
        'request.META["HTTP_COOKIE"] = "; ".join(others)',
        "pass",
        "tests/endpoints/test_browser.py",
    ),
    Mutant("endpoints/refresh.py", "delivery=delivery", "delivery=TokenDelivery.COOKIE", "tests/endpoints"),
    Mutant(
        "api_tokens/issue_and_revoke.py",
        "if row is None or not hmac.compare_digest(presented.digest(), row.digest)",
        "if row is None",
        "tests/api_tokens/test_issue_and_revoke.py",
    ),
    Mutant(
        "api_tokens/issue_and_revoke.py",
        "if row.now >= row.expires_at",
        "if False",
        "tests/api_tokens/test_issue_and_revoke.py",
    ),
    Mutant(
        "api_tokens/issue_and_revoke.py",
        "if row.revoked_at is not None",
        "if False",
        "tests/api_tokens/test_issue_and_revoke.py",
    ),
    Mutant(
        "api_tokens/issue_and_revoke.py",
        "if row.audience not in audiences",
        "if False",
        "tests/api_tokens/test_issue_and_revoke.py",
    ),
    Mutant("accounts/login_strength.py", "not -ROUNDING <= age <= required.max_age", "False", "tests/endpoints"),
    Mutant("accounts/login_strength.py", "ROUNDING = 1", "ROUNDING = 0", "tests/endpoints/test_step_up.py"),
    Mutant("endpoints/email_change.py", "purpose=second_step.UNDO", "", "tests/endpoints/test_email_change.py"),
    Mutant("endpoints/enrolment.py", "if known is not None:", "if False:", "tests/endpoints/test_enrolment.py"),
    Mutant(
        "endpoints/enrolment.py", "user, PURPOSE, shown)", 'user, PURPOSE, "")', "tests/endpoints/test_enrolment.py"
    ),
    Mutant(
        "sessions/step_up.py", "return next_second if row", "return row.now if row", "tests/endpoints/test_step_up.py"
    ),
    Mutant(
        "sessions/step_up.py",
        "    if row.authenticated_at > row.now:\n        return None\n",
        "",
        "tests/endpoints/test_step_up.py",
    ),
    Mutant(
        "sessions/step_up.py",
        "    if row.authenticated_at == next_second:\n        return next_second\n",
        "",
        "tests/endpoints/test_step_up.py",
    ),
    Mutant(
        "sessions/step_up.py",
        "at is None or row.authenticated_at // SECOND != claims.auth_time",
        "at is None",
        "tests/endpoints/test_step_up.py",
    ),
    Mutant(
        "http/login_limits.py",
        "if plain is not None and in_request():",
        "if False:",
        "tests/endpoints/test_second_factor.py",
    ),
    Mutant(
        "http/password_login.py",
        "        login_limits.lacks_a_step(request, attempt)\n",
        "",
        "tests/endpoints/test_second_factor.py",
    ),
    Mutant("accounts/known_devices.py", "or encrypted.use not in uses", "", "tests/rate_limits/test_devices.py"),
    Mutant(
        "accounts/known_devices.py",
        "found.user if device.user == str(found.user.pk) else None",
        "found.user",
        "tests/rate_limits/test_devices.py tests/attacks/test_rate_limits.py",
    ),
    Mutant(
        "accounts/known_devices.py",
        "state is not None and hmac.compare_digest(device.state,",
        "state is not None and (device.state,",
        "tests/rate_limits/test_devices.py",
    ),
    Mutant(
        "accounts/known_devices.py",
        'if not hmac.compare_digest(device.state, digest(secrets, device.id, "tie", *_state(issuer, user))):',
        "if False:",
        "tests/rate_limits/test_devices.py",
    ),
    Mutant(
        "accounts/known_devices.py",
        "ours + others",
        "others + ours",
        "tests/endpoints/test_browser.py",
    ),
    Mutant(
        "http/login_limits.py",
        "if self.account.is_of(user)",
        "if True",
        "tests/attacks/test_rate_limits.py",
    ),
    Mutant(
        "http/login_limits.py",
        "if attempt.account.is_of(user)",
        "if True",
        "tests/attacks/test_rate_limits.py",
    ),
    Mutant("http/login_limits.py", "if admission.quiet", "if False", "tests/attacks/test_rate_limits.py"),
    Mutant("rate_limits/limiter.py", "if not shown[0].counted", "if True", "tests/attacks/test_rate_limits.py"),
    Mutant("database/redis_counters.py", "if not full then", "if true then", "tests/rate_limits/test_redis.py"),
    Mutant(
        "rate_limits/rules.py",
        "LoginBuckets((mine, everyones,",
        "LoginBuckets((mine,",
        "tests/rate_limits/test_devices.py",
    ),
    Mutant(
        "sessions/session_limit.py",
        '"-used", "-created_at", "-pk"',
        '"used", "created_at", "pk"',
        "tests/sessions/test_session_limit.py",
    ),
    Mutant("database/event_records.py", "[0] % SHARES", "", "tests/database/test_event_records.py"),
    Mutant("admin/read_only.py", 'if "confirmed" not in request.POST', "if False", "tests/admin"),
    Mutant("accounts/lookup.py", "{user.pk}", "{user.get_username().lower()}", "tests/attacks/test_rate_limits.py"),
    Mutant("http/login_limits.py", "found.key, network", '"", network', "tests/attacks/test_rate_limits.py"),
    Mutant("admin/read_only.py", 'lookup.split("__")[0] in shown and', "", "tests/admin"),
]


def main() -> int:
    """Run every mutant against its tests and print who survived."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="", help="mutants whose file or text contains this")
    arguments.add_argument("--workers", type=int, default=2, help="mutants tried side by side")
    arguments.add_argument("--record", type=Path, help="a file that keeps what was killed, one JSON line each")
    given = arguments.parse_args()
    chosen = [mutant for mutant in MUTANTS if given.only in mutant.file + mutant.before]
    record = Record(given.record) if given.record else None
    left = [mutant for mutant in chosen if record is None or mutant.name not in record.passed]

    def alive(numbered: tuple[int, Mutant]) -> bool:
        number, mutant = numbered
        began = time.monotonic()
        lives = survives(mutant, f"{number}/{len(left)}")
        if record is not None and not lives:
            record.add(mutant.name, time.monotonic() - began)
        return lives

    with ThreadPoolExecutor(given.workers) as pool:
        found = list(pool.map(alive, enumerate(left, 1)))
    survivors = [mutant for mutant, lives in zip(left, found, strict=True) if lives]
    for mutant in survivors:
        print(f"SURVIVED {mutant.file}: {mutant.before!r} -> {mutant.after!r}")
    print(f"mutants: {len(chosen) - len(survivors)} passed, {len(survivors)} failed")
    return 1 if survivors else 0


def survives(mutant: Mutant, number: str) -> bool:
    """Whether no test fails over a copy of the package with this one change."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "django_bearer"
        shutil.copytree(ROOT / "library" / "src" / "django_bearer", copy)
        file = copy / mutant.file
        text = file.read_text()
        if mutant.before not in text:
            print(f"{number} GONE {mutant.file}: {mutant.before!r} is no longer there; write the mutant anew")
            return True
        file.write_text(text.replace(mutant.before, mutant.after, 1))
        done = judged(mutant.tests.split(), folder)
    killed = done.returncode == judging.KILLED
    print(
        f"{number} {'killed' if killed else 'SURVIVED'} {mutant.file}: {mutant.before.splitlines()[0]!r}", flush=True
    )
    if not killed:
        print(f"pytest ended with {done.returncode} and said:\n{said(done)}", flush=True)
    return not killed


def judged(tests: list[str], package: str) -> subprocess.CompletedProcess[str]:
    """The tests over the package in that folder; again where they could not be asked, as where a server did not start."""
    options = ["-q", "--no-header", "-W", "ignore", "-p", "tools.support.judging"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, str(ROOT)])}
    for attempt in range(1, ATTEMPTS + 1):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=ROOT / "library",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode in (judging.LIVES, judging.KILLED):
            break
        if attempt < ATTEMPTS:
            print(
                f"pytest ended with {done.returncode}, which judges nothing; asked again:\n{said(done)}", flush=True
            )
    return done


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The end of what pytest printed."""
    return done.stdout[-3000:] + done.stderr[-1000:]


if __name__ == "__main__":
    raise SystemExit(main())
