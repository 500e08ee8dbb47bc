"""Drives Debian's Firefox by WebDriver BiDi, which it speaks itself: Playwright wants a build of its own."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tools.support import chromium
from tools.support.timeouts import HANG

MISSING = "these tests need Firefox, and there is none here: apt-get install firefox-esr"
PREFS = 'user_pref("network.proxy.type", 0);\nuser_pref("network.captive-portal-service.enabled", false);\n'


class Tab:
    """One page."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox = firefox
        self._context = context

    def goto(self, url: str) -> None:
        self._firefox.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, code: str, *values: str) -> Any:
        """What the async function of this source comes to, which must be JSON, for these texts."""
        done = self._firefox.ask(
            "script.callFunction",
            functionDeclaration=f"async (...values) => JSON.stringify(await ({code})(...values))",
            arguments=[{"type": "string", "value": value} for value in values],
            target={"context": self._context},
            awaitPromise=True,
        )
        if done["type"] == "exception":
            raise AssertionError(done["exceptionDetails"]["text"])
        return json.loads(done["result"].get("value", "null"))


class Firefox:
    """A session of WebDriver BiDi over a WebSocket (RFC 6455), one command at a time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=HANG)
        self._stream = self._socket.makefile("rb")
        self._last = 0
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /session HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert b" 101 " in self._stream.readline()
        while self._stream.readline() != b"\r\n":
            pass
        self.ask("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def tab(self) -> Tab:
        return Tab(self, self.ask("browsingContext.create", type="tab")["context"])

    def forget(self) -> None:
        """Delete every cookie."""
        self.ask("storage.deleteCookies")

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        self._last += 1
        self._send(json.dumps({"id": self._last, "method": method, "params": params}).encode())
        while (said := json.loads(self._receive())).get("id") != self._last:
            pass
        assert said["type"] == "success", said
        return said["result"]

    def _send(self, data: bytes) -> None:
        size = len(data)
        head = bytes([0x81, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size)
        mask = os.urandom(4)
        self._socket.sendall(head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(data)))

    def _receive(self) -> bytes:
        """One whole message; what the browser sends is not masked."""
        message = b""
        while True:
            first, length = self._stream.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self._stream.read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._stream.read(8))
            data = self._stream.read(length)
            if first & 0x0F > 2:  # a ping or the like
                continue
            message += data
            if first & 0x80:
                return message


def needed() -> str:
    """The path of a Firefox; skips where there is none, but fails in continuous integration."""
    found = shutil.which("firefox-esr") or shutil.which("firefox") or chromium.installed("firefox-esr")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        print(MISSING, file=sys.stderr)
        pytest.skip(MISSING)
    return found


@contextmanager
def launched(profile: Path) -> Iterator[Firefox]:
    """A headless Firefox with this profile, which knows no proxy."""
    (profile / "user.js").write_text(PREFS)
    words = [needed(), "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    running = subprocess.Popen(
        words, env={**clean, "HOME": str(profile)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stderr is not None
        for line in running.stderr:
            found = re.search(r"WebDriver BiDi listening on ws://127\.0\.0\.1:(\d+)", line)
            if found:
                with closing(Firefox(int(found[1]))) as firefox:
                    yield firefox
                return
        pytest.fail("Firefox ended before it listened")
    finally:
        running.kill()
        running.communicate()
