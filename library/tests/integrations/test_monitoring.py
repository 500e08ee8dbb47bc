"""The alert rules and the dashboard: they name metrics that exist, and Prometheus runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY, generate_latest, start_http_server

from django_bearer import events
from django_bearer.events import EventKind
from django_bearer.integrations.otel import instrument, names, sizes
from django_bearer.integrations.otel.instrument import add, stop
from tools.support.new_project import ROOT, blocks
from tools.support.timeouts import HANG

FOLDER = ROOT / "docs" / "monitoring"
RULES, DASHBOARD = FOLDER / "alerts.yml", FOLDER / "dashboard.json"
PAGE = ROOT / "docs" / "reference" / "metrics.md"


def exported(metric: names.Metric) -> str:
    """A metric's name in Prometheus."""
    name = f"{names.PREFIX}_{metric.name.replace('.', '_')}"
    return f"{name}_total" if metric.kind == "counter" else f"{name}_seconds" if metric.unit == "s" else name


METRICS = {exported(metric): metric for metric in names.METRICS}


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels() for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_names_metrics_labels_and_values_that_exist(expression: str) -> None:
    found = re.findall(r"(django_bearer_\w+)(?:\{([^}]*)\})?", expression)
    assert found
    for name, matchers in found:
        metric = METRICS[name]
        for label, how, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers):
            assert set(value.split("|") if how == "=~" else [value]) <= metric.labels[label], (name, label)
    labels = {label for name, _ in found for label in METRICS[name].labels}
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        assert {part.strip() for part in grouped.split(",")} <= labels


def test_every_metric_is_on_the_dashboard_and_in_the_reference() -> None:
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    assert {name for name in METRICS if not re.search(rf"\b{name}\b", shown)} == set()
    page = PAGE.read_text()
    rows = re.findall(r"^\| `(django_bearer\.[\w.]+)` \| (\w+) \| `([^`]+)` \|([^|]*)\|", page, re.MULTILINE)
    assert [(f"{names.PREFIX}.{m.name}", m.kind, m.unit) for m in names.METRICS] == [row[:3] for row in rows]
    for metric, row in zip(names.METRICS, rows, strict=True):
        assert re.findall(r"`(\w+)`", row[3]) == list(metric.labels)


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    tested = (FOLDER / "alerts.test.yml").read_text()
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert f"alertname: {rule['alert']}\n" in tested
    for command in re.findall(r"manage\.py (\w+)", RULES.read_text()):
        assert (ROOT / "library/src/django_bearer/management/commands" / f"{command}.py").exists()


def test_the_guide_starts_the_measuring_as_printed(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = [
        block.code for block in blocks(ROOT / "docs/guide/monitoring.md") if block.path == "mysite/telemetry.py"
    ]
    providers: list[MeterProvider] = []
    monkeypatch.setattr("opentelemetry.metrics.set_meter_provider", providers.append)
    monkeypatch.setattr("opentelemetry.metrics._internal.get_meter_provider", lambda: providers[0])
    found: dict[str, Any] = {}
    exec(code, found)
    try:
        found["start"]()
        events.publish(EventKind.TOKEN_REFRESHED)
        shown = generate_latest(REGISTRY).decode()
    finally:
        stop()
        providers[0].shutdown()
    assert re.search(r'^django_bearer_refreshes_total\{.*outcome="rotated".*\} 1.0$', shown, re.MULTILINE)


def test_the_guide_gives_each_worker_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = [block.code for block in blocks(ROOT / "docs/guide/monitoring.md") if block.path == "gunicorn.conf.py"]
    opened: list[int] = []
    monkeypatch.setattr("prometheus_client.start_http_server", lambda port, address: opened.append(port))
    found: dict[str, Any] = {}
    exec(code, found)
    server = SimpleNamespace(WORKERS={})

    def fork(pid: int) -> None:
        worker = SimpleNamespace()
        found["pre_fork"](server, worker)
        server.WORKERS[pid] = worker
        found["post_fork"](server, worker)

    for pid in (1, 2, 3):
        fork(pid)
    del server.WORKERS[2]
    fork(4)
    assert opened == [9464, 9465, 9466, 9465], "the port of a worker that ended is free again"


def test_the_guide_names_every_alert() -> None:
    page = (ROOT / "docs/guide/monitoring.md").read_text()
    rows = re.findall(r"^\| (`Bearer.*?) \|", page, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == [rule["alert"] for rule in rules()]


def program(name: str) -> str:
    """A program of Prometheus. CI has it; elsewhere the test is skipped where it is missing."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is missing: install the Debian package prometheus")
        pytest.skip(f"{name} is missing: install the Debian package prometheus")
    return found


@pytest.mark.hard
def test_promtool_accepts_the_rules_and_each_alert_fires_when_it_should() -> None:
    for arguments in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        command = [program("promtool"), *arguments]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 0, done.stdout + done.stderr


def ask(url: str, **query: str) -> Any:
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=HANG) as answer:
        return json.load(answer)["data"]["result"]


@pytest.fixture
def prometheus(db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Prometheus that scrapes this process."""
    binary = program("prometheus")
    every = dict.fromkeys(names.KEYS.labels["state"], 1)
    measured = sizes.Sizes(60.0, every, dict.fromkeys(names.TABLES, 5))
    monkeypatch.setattr(sizes, "current", lambda: measured)
    reader = PrometheusMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    instrument(provider)
    exporter, thread = start_http_server(0, "127.0.0.1", REGISTRY)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {"job_name": "django", "static_configs": [{"targets": [f"127.0.0.1:{exporter.server_port}"]}]}
        ],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [
        binary,
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}/api/v1/query"
        finally:
            process.terminate()
            process.wait()
            stop()
            exporter.shutdown()
            exporter.server_close()
            thread.join()
            provider.shutdown()


@pytest.mark.hard
def test_every_query_runs_and_shows_something(prometheus: str) -> None:
    """Each query of dashboard and rules against a real Prometheus, while everything that is counted happens."""

    def happen() -> None:
        for kind in EventKind:
            events.tell(events.made(kind, details={"cause": "ended"}))
        for code in ("retry", "throttled"):
            add(names.REFUSALS, {"code": code})
        add(names.REQUESTS, {"outcome": "authenticated", "credential": "session"})

    quiet = {rule["expr"] for rule in rules()}
    left = {expression.replace("$__rate_interval", "30s") for expression in expressions()}
    until = time.monotonic() + HANG
    while left - quiet:
        assert time.monotonic() < until, left - quiet
        happen()
        with suppress(OSError):  # it has not started yet
            left = {expression for expression in left if not ask(prometheus, query=expression)}
    for expression in quiet:
        ask(prometheus, query=expression)
    with urllib.request.urlopen(prometheus.replace("/query", "/rules"), timeout=HANG) as answer:
        [group] = json.load(answer)["data"]["groups"]
    assert len(group["rules"]) == len(rules())
    assert not [rule for rule in group["rules"] if rule.get("lastError")]
