"""Processes that start together, as the workers of a server do: none knows what another has in memory."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

from tools.support.timeouts import HANG

P = ParamSpec("P")
T = TypeVar("T")


class Processes:
    """At most `most` processes, begun when first needed; a context manager that ends them."""

    def __init__(self, most: int, environment: dict[str, str]) -> None:
        # From a server process without threads or connections; a fork of this one would share both.
        self._context = context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.concurrency.worker"])
        with patch.dict(os.environ, environment):  # which it and its forks have; no other test's processes do
            forkserver.ensure_running()
        gates = {size: context.Barrier(size) for size in range(1, most + 1)}
        self._pool = ProcessPoolExecutor(most, mp_context=context, initializer=_begin, initargs=(gates,))

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def run(self, size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """What `work`, a function of a module, returned in each of `size` processes, all having begun at once."""
        return self.run_each([partial(work, *args, **kwargs)] * size)

    def begin(self, work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> BaseProcess:
        """A process more, which does `work` and may be killed while it does."""
        process = self._context.Process(target=work, args=args, kwargs=kwargs, daemon=True)
        process.start()
        return process

    def run_each(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """What each of these jobs returned, each in a process of its own, all having begun at once."""
        futures = [self._pool.submit(_at_once, len(jobs), job) for job in jobs]
        return [future.result(timeout=HANG) for future in futures]


_gates: dict[int, Any] = {}


def _begin(gates: dict[int, Any]) -> None:
    _gates.update(gates)


def _at_once(size: int, work: Callable[[], T]) -> T:
    _gates[size].wait(HANG)
    return work()


def settled(alias: str, bearer: dict[str, Any], atomic_requests: bool) -> ExitStack:
    """The settings of the test that sent the work, for as long as the work lasts. Connections stay open."""
    from django.db import connections
    from django.test import override_settings

    from tests.databases import use
    from tests.long_waits import long_waits

    connections[alias].settings_dict["ATOMIC_REQUESTS"] = atomic_requests
    stack = ExitStack()
    stack.enter_context(long_waits())
    stack.enter_context(use(alias))
    stack.enter_context(override_settings(BEARER=bearer, DEBUG_PROPAGATE_EXCEPTIONS=True))
    return stack
