"""Writes that must outlive a refusal: committed at once, or repeated once the caller's transaction is over."""

from __future__ import annotations

from asyncio import CancelledError, shield
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial

from asgiref.sync import sync_to_async
from django.db import OperationalError, transaction

from ..errors import InsideTransaction
from . import aliases
from .conflicts import is_lost_race, retry_on_conflict

Write = Callable[[], object]
Later = Callable[[Write], None]
"""Takes what is left to do once every middleware is done."""


class _Waiting:
    """What waits for the end of a request.

    A task that the request began has a copy of its context, and may outlive it: what is left to a request that is
    over would never be done.
    """

    __slots__ = ("over", "writes")

    def __init__(self) -> None:
        self.writes: list[tuple[str, Write]] = []
        self.over = False


_request: ContextVar[_Waiting | None] = ContextVar("django_bearer_waiting_writes", default=None)


def _waiting() -> list[tuple[str, Write]] | None:
    """The writes that wait for the end of the request that is being answered here; None where none is."""
    waiting = _request.get()
    return None if waiting is None or waiting.over else waiting.writes


@contextmanager
def durable_transaction(using: str) -> Iterator[None]:
    """A block whose writes are committed when it ends.

    Raises `InsideTransaction` inside somebody's transaction, whose rollback would undo them. A single statement
    outside any transaction commits by itself, which saves the database two round trips.
    """
    refuse_transaction(using)
    if aliases.connection(using).in_atomic_block:  # a test's own transaction, which nobody else looks into
        with transaction.atomic(using=using):
            yield
    else:
        yield


@contextmanager
def one_transaction(using: str) -> Iterator[None]:
    """A block whose writes are committed together when it ends, those that outlive a refusal among them.

    Nothing in it is left until the request is over: what fails has not happened, and is done again by whoever retries
    the block.
    """
    token = _request.set(None)
    try:
        with transaction.atomic(using=using):
            yield
    finally:
        _request.reset(token)


def refuse_transaction(using: str) -> None:
    """Raise `InsideTransaction` where what is written may be taken back, and what is read may be old."""
    if not aliases.in_transaction(using):
        return
    atomic = aliases.connection(using).in_atomic_block
    found = "inside a transaction (ATOMIC_REQUESTS, or an atomic block)" if atomic else "with autocommit off"
    raise InsideTransaction(
        f"called {found} on the database {using!r}, whose rollback would bring a used token back. Call it outside"
        f" of the transaction, or exempt the view with @transaction.non_atomic_requests(using={using!r})."
    )


def write_despite_refusal(write: Write) -> None:
    """Do `write` now, and once more after the request if a transaction that may still roll back is open.

    `write` must be safe to repeat. Outside a request that our middleware holds, it belongs to the caller's
    transaction like any other write.
    """
    waiting, using = _waiting(), aliases.sessions_alias()
    if waiting is not None and (aliases.connection(using).in_atomic_block or aliases.in_transaction(using)):
        # First, for in a transaction that is broken already the write itself will fail.
        waiting.append((using, aliases.bound(write)))
    retry_on_conflict(write)


def write_with_caller(write: Write, using: str) -> None:
    """Do `write` to `using` as part of the caller's transaction, or after its commit where it loses a race there.

    At REPEATABLE READ, PostgreSQL turns back a statement that meets a row changed since the transaction began. What
    the caller does must not fail for that, and cannot be run again by us. `write` must leave nothing behind when it
    fails, and nothing may be let in for want of it: a process can die between the commit and the write.
    """
    connection = aliases.connection(using)
    if not (connection.in_atomic_block and connection.vendor == "postgresql"):
        retry_on_conflict(write)  # elsewhere a lost race may have taken the whole transaction with it
        return
    try:
        write()
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        later = aliases.bound(write)
        transaction.on_commit(lambda: retry_on_conflict(later), using=using, robust=True)


def once_committed(write: Write) -> None:
    """Do `write` now, or once the transaction that is open has been committed; never, if it rolls back."""
    using = aliases.sessions_alias()
    if aliases.connection(using).in_atomic_block and aliases.in_transaction(using):  # Django tells of no other commit
        transaction.on_commit(aliases.bound(write), using=using)
    else:
        write()


def write_after_commit(write: Write) -> bool:
    """Leave `write`, which must not be repeated, until the transaction that is open is over.

    False when none is open, or when no middleware of ours is there to do it then: do it now.
    """
    waiting, using = _waiting(), aliases.sessions_alias()
    if waiting is None or not aliases.in_transaction(using):
        return False
    waiting.append((using, aliases.bound(write)))
    return True


def in_request() -> bool:
    """Whether a request that our middleware holds is being answered here."""
    return _waiting() is not None


def _at_once(write: Write) -> None:
    write()


class request_scope:  # noqa: N801 - used as a function; a generator would cost every request a microsecond more
    """Encloses a request. Writes that wait are made when the view's transaction is over.

    A middleware above ours may hold a transaction of its own around everything. What waits is then given to `later`.
    """

    __slots__ = ("_later", "_token", "_waiting")

    def __init__(self, later: Later = _at_once) -> None:
        self._later = later

    def __enter__(self) -> None:
        self._waiting = _Waiting()
        self._token = _request.set(self._waiting)

    def __exit__(self, *_: object) -> None:
        _request.reset(self._token)
        self._waiting.over = True
        if self._waiting.writes:
            self._end()

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """As for a request in a thread. The writes wait their turn in the thread of the view.

        Where the request was cancelled, as when its client goes, the view runs on in its thread, and may leave more.
        """
        if kind is not None and issubclass(kind, CancelledError):
            await shield(sync_to_async(self._end)())
        elif self._waiting.writes:
            await sync_to_async(self._end)()
        self._waiting.over = True
        _request.reset(self._token)

    def _end(self) -> None:
        self._waiting.over = True
        if self._waiting.writes:
            _finish(self._waiting.writes, self._later)


def _finish(writes: Iterable[tuple[str, Write]], later: Later) -> None:
    now: list[Write] = []
    held: list[Write] = []
    for using, write in writes:
        (held if aliases.in_transaction(using) else now).append(write)
    if held:
        later(partial(_do, held))
    _do(now)


def _do(writes: Sequence[Write]) -> None:
    with ExitStack() as stack:  # which does each, whatever becomes of the others
        for write in reversed(writes):
            stack.callback(retry_on_conflict, write)
