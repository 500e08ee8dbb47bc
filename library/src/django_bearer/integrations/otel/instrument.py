"""Making the instruments, and feeding them from events and refusals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Counter, MeterProvider, Observation

from ...errors import HTTPRefusal
from ...events import SecurityEvent, security_event
from ...http import challenge
from . import names, sizes
from .names import METRICS, Metric, bounded, counted, times

_UID = "django_bearer.otel"
_lock = threading.Lock()
_counters: dict[Metric, Counter] = {}


def instrument(meter_provider: MeterProvider | None = None) -> None:
    """Measure from now on, in this process: events, refusals, the age of keys and the size of tables.

    Call it once, where the process starts, such as in `wsgi.py` and `asgi.py`, after OpenTelemetry's providers were
    set. A second call does nothing. The span of a refused request gets the code of the refusal.

    Args:
        meter_provider: The provider of the metrics; without one the global provider.
    """
    with _lock:
        if _counters:
            return
        meter = metrics.get_meter("django_bearer", meter_provider=meter_provider)
        for metric in METRICS:
            name = f"{names.PREFIX}.{metric.name}"
            if metric.kind == "counter":
                _counters[metric] = meter.create_counter(name, metric.unit, metric.about)
            else:
                callbacks = [_observing(metric)]
                meter.create_observable_gauge(name, callbacks, metric.unit, metric.about)
    security_event.connect(_on_event, dispatch_uid=_UID)
    challenge.tell_of_refusals(_on_refusal)


def stop() -> None:
    """Measure no more. For tests."""
    with _lock:
        _counters.clear()
    security_event.disconnect(dispatch_uid=_UID)
    challenge.tell_no_more(_on_refusal)
    sizes.forget()


def add(metric: Metric, labels: Mapping[str, str], count: int = 1) -> None:
    """Count, where this process measures."""
    counter = _counters.get(metric)
    if counter is not None:
        counter.add(count, dict(labels))


def _on_event(sender: Any, event: SecurityEvent, **_: Any) -> None:
    for metric, labels in counted(event):
        add(metric, labels, times(event))


def _on_refusal(request_id: str, error: HTTPRefusal) -> None:
    labels = bounded(names.REFUSALS, code=_code(error))
    add(names.REFUSALS, labels)
    trace.get_current_span().set_attribute("django_bearer.code", labels["code"])


def _code(error: HTTPRefusal) -> str:
    """The code, where the class is ours: a project's own may choose it by what a caller sent."""
    return error.code if type(error).__module__.startswith("django_bearer.") else names.OTHER


def _observing(metric: Metric) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(options: CallbackOptions) -> Iterable[Observation]:
        found = sizes.current()
        if metric is names.KEY_AGE:
            return [] if found.key_age is None else [Observation(found.key_age)]
        label, values = ("state", found.keys) if metric is names.KEYS else ("table", found.rows)
        return [Observation(value, bounded(metric, **{label: name})) for name, value in values.items()]

    return observe
