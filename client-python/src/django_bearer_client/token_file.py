"""Tokens in a file that only its owner may read, shared by threads, tasks and processes."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import TokenFileError
from .stores import ThreadLock
from .tokens import Tokens, from_json

MODE = 0o600
MAX_BYTES = 65_536
_POSIX = os.name == "posix"


class TokenFile:
    """Keeps tokens in a file with mode 0600, and a lock in a file beside it.

    A new file takes the place of the old one in one step, and is on the disk before it does: a process that dies, or
    a machine that loses power, leaves the old tokens or the new ones.

    Args:
        path: The file. It is made at the first login; its folder must be there, on a local disk.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Absolute from now on, so that a program that changes its folder keeps its session.
        self.path = Path(path).expanduser().absolute()
        self._among_threads = ThreadLock()
        self._among_processes: FileLock | None = None

    def load(self) -> Tokens | None:
        """Return what is stored, or None where there is no file.

        Raises:
            TokenFileError: The file is damaged, belongs to somebody else, or others may read it.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TokenFileError(
                f"{self.path} cannot be opened ({error.strerror}); it must be a file, not a link."
            ) from None
        with open(descriptor, "rb") as file:
            self._check(os.fstat(descriptor))
            content = file.read(MAX_BYTES + 1)
        try:
            return from_json(json.loads(content[:MAX_BYTES]))
        except (ValueError, RecursionError) as error:
            text = f"{self.path} is damaged ({type(error).__name__}). Remove it and log in again."
            raise TokenFileError(text) from None  # a cause would show what the file holds

    def _check(self, found: os.stat_result) -> None:
        """Refuse a file that others may read: whoever could has the session."""
        if not stat.S_ISREG(found.st_mode):
            raise TokenFileError(f"{self.path} is no regular file.")
        if not _POSIX:
            return
        if found.st_uid != os.geteuid():
            raise TokenFileError(f"{self.path} belongs to another user. Remove it and log in again.")
        if found.st_mode & 0o077:
            raise TokenFileError(
                f"Others may read {self.path}. End the session on the server if they did; then remove the file."
            )

    def save(self, tokens: Tokens) -> None:
        """Store it in the place of what was there.

        Args:
            tokens: The tokens.

        Raises:
            TokenFileError: The file could not be written; the one before is still there.
        """
        content = json.dumps(tokens.to_json()).encode()
        try:
            # mkstemp makes the file with mode 0600, whatever the umask is.
            descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
            try:
                with open(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(descriptor)
                os.replace(name, self.path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
            self._sync_folder()
        except OSError as error:
            raise TokenFileError(f"{self.path} cannot be written: {error.strerror}.") from None

    def _sync_folder(self) -> None:
        """Without it the new name of the file may be lost with the power."""
        if _POSIX:
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def try_lock(self) -> bool:
        """Take the lock without waiting, and return whether this call has it now.

        Raises:
            TokenFileError: The lock file cannot be made.
        """
        if not self.path.parent.is_dir():  # filelock would make one that others may read
            raise TokenFileError(f"There is no folder {self.path.parent}. Make one that only you may read.")
        if not self._among_threads.acquire():
            return False
        # A lock of its own for each holder: one that is shared would let its thread in a second time.
        lock = FileLock(f"{self.path}.lock", mode=MODE, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            self._among_threads.release()
            return False
        except OSError as error:
            self._among_threads.release()
            raise TokenFileError(f"{self.path}.lock cannot be made: {error.strerror}.") from None
        except BaseException:
            self._among_threads.release()
            raise
        self._among_processes = lock
        return True

    def unlock(self) -> None:
        """Give the lock back."""
        lock, self._among_processes = self._among_processes, None
        try:
            if lock is not None:
                lock.release()
        finally:
            self._among_threads.release()
