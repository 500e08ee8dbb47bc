"""What the time of an answer tells about an account: distributions over interleaved requests.

    .venv/bin/python -m benchmarks.login_timing [--runs 200] [--iterations 20000]

Logins of an unknown name, with a wrong password, and with a right password that lacks the second factor; recovery for
accounts that exist and for those that do not. Each time is until the answer is made: what follows an answer is left
out, as a client would not see it. `separation` is how often a request of a kind takes longer than one of the kind
that it is compared with: 0.5 is what chance gives, 1.0 tells them apart by one request. Fewer iterations of the hash
make differences show more.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

PASSWORD, RATE = "a long pass phrase", "1000000/second"
KINDS = ("unknown name", "wrong password", "second factor missing", "recovery, unknown", "recovery, known")
COMPARED = {
    "wrong password": "unknown name",
    "second factor missing": "unknown name",
    "recovery, known": "recovery, unknown",
}


class Factor:
    """A second factor that everybody has."""

    def is_enrolled(self, user: Any) -> bool:
        """Everybody has one."""
        return True

    def verify(self, user: Any, code: str) -> bool:
        """No code is right."""
        return False


def configure(folder: str, iterations: int) -> None:
    """Django with a database file, our middleware and endpoints, and a cheap hash."""
    import django
    from django.conf import settings
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = iterations
    limits = ("address", "network", "address_account", "account", "device", "devices", "alert")
    settings.configure(
        SECRET_KEY="b3nchmarks-0nly!" * 4,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="django_bearer.urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_bearer"],
        MIDDLEWARE=["django_bearer.BearerMiddleware"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        LOGGING_CONFIG=None,
        BEARER={
            "ISSUER": "https://api.example.com",
            "AUDIENCE": "https://api.example.com/",
            "SECOND_FACTOR": Factor,
            "RECOVERY_URL": "https://app.example.com/recover#{token}",
            "LOGIN_RATE_LIMITS": dict.fromkeys(limits, RATE),
            "CODE_RATE_LIMITS": {"address": RATE, "account": RATE},
        },
    )
    django.setup()


def body_of(kind: str, number: int) -> tuple[str, dict[str, str]]:
    """The endpoint and the members of one request of a kind."""
    if kind.startswith("recovery"):
        return "/recovery/", {"account": f"{'ann' if kind.endswith(' known') else 'nob'}{number}"}
    name = f"nob{number}" if kind == "unknown name" else f"ann{number}"
    return "/login/", {"username": name, "password": "wrong" if kind == "wrong password" else PASSWORD}


def measured(runs: int) -> dict[str, list[float]]:
    """Milliseconds of each kind, the kinds in turn."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    handler, factory = WSGIHandler(), RequestFactory()
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for run in range(-20, runs):
        for kind in KINDS[run % len(KINDS) :] + KINDS[: run % len(KINDS)]:
            path, members = body_of(kind, run % 50)
            request = factory.post(path, json.dumps(members), "application/json", secure=True)
            began = time.perf_counter()
            response = handler.get_response(request)
            took = (time.perf_counter() - began) * 1000
            response.close()
            if run >= 0:
                times[kind].append(took)
    return times


def separation(these: list[float], those: list[float]) -> float:
    """How often one of `these` is longer than one of `those`; ties count half (the area under the ROC curve)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in these for b in those)
    return wins / (len(these) * len(those))


def report(times: dict[str, list[float]]) -> None:
    """A row for each kind."""
    print(f"{'kind':<24}{'p5':>9}{'median':>9}{'p95':>9}  separation from")
    for kind, found in times.items():
        cuts = statistics.quantiles(found, n=20)
        row = f"{kind:<24}{cuts[0]:>8.2f} {statistics.median(found):>8.2f} {cuts[-1]:>8.2f}"
        if kind in COMPARED:
            row += f"   {separation(found, times[COMPARED[kind]]):.2f} {COMPARED[kind]}"
        print(row)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--iterations", type=int, default=20_000)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # every refusal would be a line
    with tempfile.TemporaryDirectory() as folder:
        configure(str(Path(folder)), options.iterations)
        from django.contrib.auth import get_user_model
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for number in range(50):
            get_user_model().objects.create_user(f"ann{number}", f"ann{number}@example.com", PASSWORD)
        print(f"{options.runs} runs of each kind, {options.iterations} iterations of the hash, milliseconds")
        report(measured(options.runs))


if __name__ == "__main__":
    main()
