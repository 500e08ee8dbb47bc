"""Bounds of one run, so that no tree holds the machine: processor time by the size of the tree, and memory.

Audits take a small part of either. A tree that needs more is refused as a whole, which is no clean result. It is the
process's own time that is counted: a machine that is busy with other things stops no audit.
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SECONDS = 8.0
"""For any tree, besides what its size adds."""
SECONDS_A_MEGABYTE = 2.0
"""Audits take about half a second."""
MEGABYTES = 4_000
_GRACE = 60.0
"""Seconds until the system ends a process that met its limit in code that looks at no signal."""
_AGAIN = 1.0
"""Seconds until the signal comes again, should the first have met code that passes over exceptions."""


class TooLong(BaseException):
    """The audit took longer than it may. No `Exception`: what goes on after one that a rule raises must end, too."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TooLong` in the block after so much processor time. None: by the tree's size; 0: never.

    Nothing is limited outside the main thread, on systems without the timer, and where another one runs already.
    """
    name: int = getattr(signal, "SIGPROF", 0)
    free = bool(name) and threading.current_thread() is threading.main_thread()
    if seconds == 0 or not free or signal.getsignal(name) is not signal.SIG_DFL:
        yield
        return
    signal.signal(name, _over)
    signal.setitimer(signal.ITIMER_PROF, seconds or SECONDS, _AGAIN)
    _ends.append(_end())
    _end_after(seconds or SECONDS)
    _by_size.append(seconds is None)
    try:
        yield
    finally:
        _by_size.pop()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(name, signal.SIG_DFL)
        _set_end()
        _ends.pop()


def allow(size: int) -> None:
    """Give the block that runs the time that so many bytes of source may take."""
    if _by_size and _by_size[-1]:
        left, _ = signal.getitimer(signal.ITIMER_PROF)
        seconds = left + size * SECONDS_A_MEGABYTE / 1_000_000
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        _end_after(seconds)


def _end_after(seconds: float) -> None:
    """Let the system end this process long after so much more processor time: code in C may look at no signal."""
    with suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _set_end(math.ceil(used.ru_utime + used.ru_stime + 2 * seconds + _GRACE))


def _set_end(seconds: int | None = None) -> None:
    """Set the soft limit of processor time, at most to what it was before the block; None: to that."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        wanted = [each for each in (seconds, *_ends[-1:]) if each not in (None, resource.RLIM_INFINITY)]
        resource.setrlimit(resource.RLIMIT_CPU, (min(wanted, default=resource.RLIM_INFINITY), hard))


def _end() -> int | None:
    """The soft limit of processor time; None where there is none to set."""
    with suppress(ImportError):
        import resource

        return resource.getrlimit(resource.RLIMIT_CPU)[0]
    return None


def limit_own_time(size: int) -> None:
    """End this process after the time that so many bytes of source may take: for one that does nothing else."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        seconds = math.ceil(SECONDS + size * SECONDS_A_MEGABYTE / 1_000_000)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def limit_memory(megabytes: int) -> None:
    """Let this process take no more memory than this, so that it fails before the machine does. 0: as it was."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        wanted = megabytes * 1_000_000
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        bounds = [bound for bound in (soft, hard, wanted) if bound not in (resource.RLIM_INFINITY, 0)]
        if wanted:
            resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))


def _over(number: int, frame: FrameType | None) -> None:
    raise TooLong


_ends: list[int | None] = []
"""The soft limits of processor time before each block that runs."""
_by_size: list[bool] = []
"""Of the block that runs: whether the tree's size gives it time."""
