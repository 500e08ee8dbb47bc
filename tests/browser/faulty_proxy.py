"""A proxy between browser and server. It ends TLS on both sides, counts refreshes, and fails when told to."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from tools.support.timeouts import HANG

HOST, NAME = "127.0.0.1", "localhost"
REFRESH = b"POST /auth/refresh/ "
CHUNK = 65_536


class FaultyProxy:
    """A proxy in this process. `target` may change, as when the server behind it is started anew."""

    def __init__(self, certificate: Path, authority: Path) -> None:
        self._serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._serving.load_cert_chain(certificate)
        self._asking = ssl.create_default_context(cafile=str(authority))
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://{NAME}:{self.port}"
        self.target = 0
        self.refreshes = 0
        self.bodies: list[bytes] = []
        self.strips = False
        """Take Origin and every Sec-Fetch header out of each request, as a careless proxy does."""
        self.cuts: bytes = b""
        """How the requests begin whose answers break off in the middle of their body."""
        self.loses: bytes = b""
        """How the requests begin whose answers never come, although the server gave them."""
        self.canned: dict[bytes, bytes] = {}
        """Whole answers given here, by how their requests begin; the server sees none of those requests."""
        self.requests: list[bytes] = []
        """The heads of all requests, in order."""
        self._drops = 0
        self._open = threading.Event()
        self._open.set()
        self._seen = threading.Semaphore(0)
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def drop(self, count: int) -> None:
        """Let the server answer the next refreshes, and throw the answers away with their connections."""
        self._drops = count

    def hold(self) -> None:
        """Keep the answers to refreshes back until `release`."""
        while self._seen.acquire(blocking=False):
            pass
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait_for_refresh(self) -> None:
        """Return once a refresh has passed on its way to the server."""
        assert self._seen.acquire(timeout=HANG), "no refresh came"

    def seen(self, start: bytes) -> list[bytes]:
        """The requests that began like this."""
        return [head for head in self.requests if head.startswith(start)]

    def close(self) -> None:
        self._closed = True
        self._open.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with (
            raw,
            suppress(OSError),
            self._serving.wrap_socket(raw, server_side=True) as client,
            socket.create_connection((HOST, self.target)) as far,
            self._asking.wrap_socket(far, server_hostname=HOST) as server,
        ):
            self._exchange(client, server)

    def _exchange(self, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        """One request and its answer at a time, as HTTP/1.1 without pipelining has them."""
        while request := _message(client):
            self.requests.append(request.partition(b"\r\n\r\n")[0])
            canned = next((answer for start, answer in self.canned.items() if request.startswith(start)), None)
            if canned is not None:
                client.sendall(canned)
                continue
            is_refresh = request.startswith(REFRESH)
            server.sendall(_stripped(request) if self.strips else request)
            if is_refresh:
                self.refreshes += 1
                self.bodies.append(request.partition(b"\r\n\r\n")[2])
                self._seen.release()
            answer = _message(server)
            if is_refresh:
                self._open.wait(HANG)
                if self._drops:
                    self._drops -= 1
                    return
            if not answer:
                return
            if self.loses and request.startswith(self.loses):
                return
            if self.cuts and request.startswith(self.cuts):
                head, _, body = answer.partition(b"\r\n\r\n")
                client.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])
                return
            client.sendall(answer)


def _message(stream: ssl.SSLSocket) -> bytes:
    """One whole request or answer; empty when the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = stream.recv(CHUNK)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length is not None:
        while len(body) < int(length[1]):
            body += _more(stream)
    elif re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(stream)
    return head + b"\r\n\r\n" + body


def _more(stream: ssl.SSLSocket) -> bytes:
    chunk = stream.recv(CHUNK)
    if not chunk:
        raise ConnectionResetError("gone in the middle of a message")
    return chunk


def _stripped(request: bytes) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not re.match(rb"(?i)(origin|sec-fetch-[a-z]+|referer):", line)]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body
