"""Metrics and span attributes through OpenTelemetry: `pip install "django-bearer[otel]"`.

Nothing here is imported, and nothing is measured, unless the project calls `instrument`.
"""

from .instrument import instrument as instrument
from .spans import BearerSpanMiddleware as BearerSpanMiddleware

__all__ = ["BearerSpanMiddleware", "instrument"]
