"""What every test stands on: no state of one test reaches the next."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.live_server_helper import LiveServer

from django_bearer import events
from django_bearer.accounts import login_packages
from django_bearer.api_tokens import usage
from django_bearer.database import event_records, feed_reader, schemas_by_hand, signing_keys
from django_bearer.http import https
from django_bearer.primitives import clock
from django_bearer.sessions.verification import clear_signature_cache
from tools.support import resuming, servers

from . import databases
from .feed_everywhere import pytest_runtest_call  # noqa: F401 - a hook

PASSWORD = "correct horse battery staple"
NO_CLOCK: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""No property depends on how many seconds it takes."""
hypothesis_settings.register_profile("usual", **NO_CLOCK)
hypothesis_settings.register_profile("hard", **NO_CLOCK, max_examples=500)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))
FOLDER = "BEARER_TEST_FOLDER"
LONGEST = ("test_allauth.py", "test_user_models.py")
"""They run a part of the suite in a process of its own."""


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder, which its workers inherit."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="bearer-")
        os.environ[servers.RUN] = str(os.getpid())
    resuming.begin(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of the run is left: neither a server nor a file."""
    if not hasattr(config, "workerinput") and FOLDER in os.environ:
        servers.stop(Path(os.environ.pop(FOLDER)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes many seconds begins first, so that no worker waits for it at the end of the run."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers that the tests of this run ask for, and no others."""
    wanting: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        for mark in item.iter_markers("django_db"):
            for alias in mark.kwargs.get("databases") or ():
                wanting.setdefault(databases.SERVER_OF.get(alias, ""), []).append(item)
    wanting.pop("", None)
    if session.config.option.collectonly:
        return
    started = {}
    for name, items in wanting.items():
        try:
            started[name] = servers.ensure(name, Path(os.environ[FOLDER]))
        except servers.Missing as missing:
            if name == "postgres" or os.environ.get("CI") == "true":
                pytest.exit(str(missing), returncode=1)
            print(missing, file=sys.stderr)
            for item in items:
                item.add_marker(pytest.mark.skip(str(missing)))
    databases.announce(started)
    gc.collect()
    gc.freeze()  # Django and the tests themselves stay: else each full collection of a test's objects reads them, too


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the process had just started: no remembered signature, ring, transport or shifted clock.

    A test lasts less than the interval of sampled events, however slow the machine is.
    """
    monkeypatch.setattr(events, "SAMPLE_SECONDS", 86_400.0)
    yield
    translation.deactivate()  # LocaleMiddleware leaves the language of the last request to the thread
    clock.reset()
    feed_reader.stop()
    https.state.reset()
    clear_signature_cache()
    signing_keys.clear_cache()
    schemas_by_hand.forget()
    events.forget_samples()
    usage.reset()
    event_records._often.forget()
    login_packages.reset()


@pytest.fixture
def ann(db: Any, django_user_model: Any) -> Any:
    """A user with a password."""
    name = {django_user_model.USERNAME_FIELD: "ann@example.com"}
    user = django_user_model(**name)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(params=databases.EVERY)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The alias of each database in turn. All queries go there, and no transaction wraps the test."""
    with databases.use(request.param):
        yield request.param


@pytest.fixture
def served(transactional_db: None) -> Iterator[str]:
    """The project on a port of its own, which serves static files too and so wants their address."""
    with override_settings(STATIC_URL="/static/"):
        server = LiveServer("localhost")
        try:
            yield server.url
        finally:
            server.stop()
