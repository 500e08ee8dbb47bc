"""The thread that keeps one process up to date with the revocation feed.

It is begun by the first request that needs it, in each process for itself. A forked process forgets what the one
before it knew, and reads all of it anew before it answers. Whatever goes wrong, what is known grows too old, and
then nothing is accepted until a poll has succeeded.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import Error as DatabaseError

from .. import conf, events
from ..conf.readers import DATABASE
from ..errors import ConfigurationError, TemporarilyUnavailable
from ..primitives import clock
from . import aliases, durable_writes, feed_obstacles, feed_poll, feed_presence
from .feed_notify import NotifyPush
from .feed_push import Push
from .feed_state import FeedState, Fresh
from .feed_stream import StreamPush

POLLS_PER_DELAY = 4
"""A poll may take, or come late by, three quarters of the bound before a request is refused."""
APART = 0.05
"""Seconds between two polls at least, however much is pushed."""
LOOKS_PER_DELAY = 5
"""On MariaDB and MySQL, where asking for the triggers takes milliseconds: polls that a push brings on pass over it.
Elsewhere every poll looks."""
PURGE_AFTER = 30.0
"""Seconds between two deletions of old entries."""
MAX_PURGES = 20
FIRST_LOAD = 10.0
"""Seconds that a request waits for the first load at most."""
HUNG = 30.0
"""Seconds after which a poll that has not come back is left to itself, and another thread begins anew."""
MAX_HUNG = 480.0
"""The same at most: each thread that is left waits longer for the next."""
SHOWN = 2
"""Missing triggers that are named; `check --database` names all."""
logger = logging.getLogger("django_bearer.security")


Known = tuple[FeedState, Fresh, float]
"""What a process may rely on, and at which time of its clock."""


@dataclass(slots=True)
class Reader:
    """One thread and what it knows."""

    using: str
    delay: float
    state: FeedState = field(init=False)
    fault: str = "the revocation feed has not been read yet"
    _loaded: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _woken: threading.Event = field(default_factory=threading.Event)
    _stepping: threading.Lock = field(default_factory=threading.Lock)
    _told: bool = False
    _purged: float = float("-inf")
    _looked: float = float("-inf")
    _seen: object = None
    _hung_after: float = HUNG
    _began: float = float("-inf")
    _thread: threading.Thread | None = None
    _push: Push | None = None

    def __post_init__(self) -> None:
        self.state = FeedState(self.delay)

    def start(self) -> None:
        """Begin to read, in a thread that ends with the process."""
        self._began = clock.through_suspend()
        self._thread = threading.Thread(target=self._run, name="django-bearer-feed", daemon=True)
        self._thread.start()
        events.security_event.connect(_after_event, dispatch_uid="django_bearer.feed")
        self._push = _push(self.using, self.wake)
        if self._push is not None:
            self._push.start()

    def stop(self) -> None:
        """End the threads and wait for them."""
        self.leave()
        if self._thread is not None:
            self._thread.join()
        if self._push is not None:
            self._push.join()

    def leave(self) -> None:
        """End the threads, soon. Nobody waits for them."""
        self._stopped.set()
        self._woken.set()
        if self._push is not None:
            self._push.stop()

    def wake(self) -> None:
        """Let the next poll begin now: there may be news. What is known is as old as it was."""
        self._woken.set()

    def known(self) -> Known | None:
        """What may be relied on now, without reading or waiting; None past the bound, and under a test runner."""
        state, at = self.state, clock.through_suspend()
        found = self._reliable(state, at) if self._thread is not None else None
        return None if found is None else (state, found, at)

    def fresh(self) -> Known:
        """What may be relied on, and at which time of the clock. Raises `TemporarilyUnavailable` past the bound."""
        if self._thread is None:
            self._read_here()
        state, at = self.state, clock.through_suspend()
        found = self._reliable(state, at)
        if found is None and not self._loaded.is_set():
            self._loaded.wait(FIRST_LOAD)
            state, at = self.state, clock.through_suspend()
            found = self._reliable(state, at)
        if found is None:
            self._tell()
            _replace_hung(self)
            raise TemporarilyUnavailable(f"revocations are not known up to {self.delay} s ago: {self.fault}")
        return state, found, at

    def _reliable(self, state: FeedState, at: float) -> Fresh | None:
        """What a state knows within the bound, by triggers that were seen within it: MariaDB is not asked for them
        at every poll, and a change that a missing one does not note is no news to any poll."""
        return state.reliable(at) if at - self._looked <= self.delay else None

    def is_hung(self) -> bool:
        """Whether the thread has not come back from a poll for long, as from a server that does not answer."""
        return self._thread is not None and clock.through_suspend() - self._began > self._hung_after

    def step(self) -> None:
        """One poll. Raises whatever hinders it; what is known stays as it was, and grows older.

        Where a trigger is missing, what is known is forgotten at once.
        """
        started = clock.through_suspend()
        try:
            self._look(started)
        except ConfigurationError:
            self.state.fresh = None
            raise
        try:
            unnumbered = self._poll(self.state, started)
        except feed_poll.FeedLost:
            logger.error("the revocation feed was restored or emptied; for two hours every token is asked for")
            again = FeedState(self.delay)
            again.ask_all(started)
            unnumbered = self._poll(again, started)
            self.state = again
        if unnumbered:
            self._give_numbers()
        if started - self._purged >= PURGE_AFTER:
            self._purge(started)

    def _poll(self, state: FeedState, started: float) -> bool:
        if state.fresh is None:
            feed_poll.load(self.using, state, started)
        return feed_poll.poll(self.using, state, started)

    def _give_numbers(self) -> None:
        """Another process may be faster, and the next poll reads a row without a number all the same.

        Who gives the numbers is the one who tells the others.
        """
        try:
            if feed_poll.give_numbers(self.using) and self._push is not None:
                self._push.send()
        except DatabaseError as error:
            logger.info("entries of the revocation feed got no number this time: %s", type(error).__name__)

    def _purge(self, started: float) -> None:
        self._purged = started
        fresh = self.state.fresh
        try:
            for _ in range(MAX_PURGES):
                if fresh is None or feed_poll.purge(self.using, fresh.database_now) < feed_poll.AT_ONCE:
                    return
        except DatabaseError as error:
            logger.info("old entries of the revocation feed were not deleted: %s", type(error).__name__)

    def _look(self, started: float) -> None:
        """Whether the triggers are there, and the same ones as at the last poll."""
        connection = aliases.connection(self.using)
        connection.ensure_connection()
        if aliases.in_transaction(self.using):
            raise ConfigurationError("a transaction is always open (AUTOCOMMIT is False), which sees nothing new")
        if connection.vendor == "mysql" and started - self._looked < self.delay / LOOKS_PER_DELAY:
            return
        now = feed_presence.mark(self.using)
        if now != self._seen:
            self._seen = None
            if connection.vendor == "sqlite" and self._thread is not None:
                with connection.cursor() as cursor:
                    cursor.execute(f"PRAGMA busy_timeout = {int(self.delay * 250)}")
            if faults := feed_obstacles.of_database(self.using):
                raise ConfigurationError(f"{'; '.join(faults)}. Set BEARER['REVOCATION'] to exact.")
            if missing := feed_presence.missing(self.using):
                shown = "; trigger ".join(missing[:SHOWN])
                more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
                raise ConfigurationError(
                    f"missing or switched off: trigger {shown}{more}. Run InstallRevocationFeed() in a new migration."
                )
            feed_poll.note_triggers(self.using, now)
        self._seen, self._looked = now, started

    def _read_here(self) -> None:
        """One poll in the thread of the request, as tests have it."""
        with self._stepping:
            try:
                self.step()
                self.fault = ""
            except Exception as error:
                self.fault = str(error) or type(error).__name__
                self.state.fresh = None
            self._loaded.set()

    def _tell(self) -> None:
        """Publish that the feed is lost, once until it has been read again."""
        if not self._told:
            self._told = True
            events.publish(events.EventKind.REVOCATION_FEED_LOST, details={"reason": self.fault or "too late"})

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._began = clock.through_suspend()
            try:
                self.step()
                if self.fault:
                    logger.info("the revocation feed is read")
                self.fault, self._told = "", False
                self._loaded.set()
            except Exception as error:
                if self.fault != str(error):
                    logger.error("the revocation feed cannot be read: %s", error)
                self.fault = str(error) or type(error).__name__
                self._close()
            self._pause()
        self._close()

    def _pause(self) -> None:
        """Until the next poll is due, or there is news."""
        if not self._stopped.wait(APART):
            self._woken.wait(self.delay / POLLS_PER_DELAY - APART)
            self._woken.clear()  # before the poll: what comes while it reads has another one

    def _close(self) -> None:
        try:
            aliases.connection(self.using).close()
        except DatabaseError as error:
            logger.info("the feed's connection was not closed: %s", type(error).__name__)


_lock = threading.Lock()
_readers: dict[str, Reader] = {}
_of_the_process_before: list[object] = []
"""Readers that a fork has copied. They are never used, nor freed: that could end its connection."""


def of(using: str, delay: float) -> Reader:
    """The reader of this process for a database; the first call begins it.

    Under a test runner no thread is begun: each request reads for itself, so a test sees what it has just changed.
    """
    found = _readers.get(using)
    if found is not None and found.delay == delay:
        return found
    if not clock.counts_suspend:
        raise ConfigurationError("this machine has no clock that counts the time in which it was suspended")
    with _lock:
        found = _readers.get(using)
        if found is None or found.delay != delay:
            if found is not None:
                found.leave()
            found = _readers[using] = Reader(using, delay)
            if not conf.under_test_runner():
                found.start()
    return found


def known(using: str, delay: float) -> Known | None:
    """What the reader of this process may rely on without reading or waiting; None where it has not begun, too."""
    found = _readers.get(using)
    return found.known() if found is not None and found.delay == delay else None


ENDING = frozenset(
    {
        *(events.EventKind.SESSION_REVOKED, events.EventKind.TOKEN_REVOKED, events.EventKind.TOKEN_REUSED),
        *(events.EventKind.LOGOUT_EVERYWHERE, events.EventKind.PASSWORD_CHANGED, events.EventKind.USER_DISABLED),
        *(events.EventKind.PASSWORD_RECOVERED, events.EventKind.STEP_UP, events.EventKind.KEY_CHANGED),
        events.EventKind.ISSUER_TOKENS_INVALIDATED,
    }
)
"""Events that something has ended of which the feed tells."""


def _after_event(sender: object, event: events.SecurityEvent, **_: object) -> None:
    """Read what this process has just ended, and so tell the others, once it is committed."""
    if event.kind in ENDING and _readers:
        durable_writes.once_committed(_wake_all)


def _wake_all() -> None:
    for reader in tuple(_readers.values()):
        reader.wake()


def _push(using: str, wake: Callable[[], None]) -> Push | None:
    """What pushes news here, by the setting; None for nothing."""
    named = conf.current().revocation_push
    if not named:
        return None
    return NotifyPush(using, wake) if named == DATABASE else StreamPush(named, wake)


def _replace_hung(reader: Reader) -> None:
    """Begin anew, in another thread and on another connection, where one has waited for its server for long."""
    if not reader.is_hung():
        return
    with _lock:
        if _readers.get(reader.using) is not reader:
            return
        reader.leave()
        again = Reader(reader.using, reader.delay, fault="the database does not answer")
        again._told, again._hung_after = True, min(2 * reader._hung_after, MAX_HUNG)
        again._loaded.set()  # nobody waits for it as for a first one
        again.start()
        _readers[reader.using] = again


def stop() -> None:
    """End every reader. For tests."""
    with _lock:
        for reader in _readers.values():
            reader.stop()
        _readers.clear()


def _after_fork() -> None:
    """A forked process has none of the threads, must not use what they knew, nor a lock that one of them held."""
    global _lock, _readers
    _lock = threading.Lock()
    _of_the_process_before.append(_readers)
    _readers = {}


os.register_at_fork(after_in_child=_after_fork)
