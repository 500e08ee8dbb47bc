"""The browser that the tests drive: Debian's chromium, found, installed where that may be, or plainly missing."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, BrowserType, expect, sync_playwright

from tools.support.timeouts import HANG, STEP

MISSING = "the browser tests need chromium, and there is none here: apt-get install chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


def find() -> str | None:
    """The path of a chromium, installing Debian's in continuous integration; None where there is none to be had."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or installed("chromium")


def installed(package: str) -> str | None:
    """The path of a browser out of Debian's package, which continuous integration installs; None elsewhere."""
    if os.environ.get("CI") == "true" and shutil.which("apt-get") and os.geteuid() == 0:
        for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *words], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
        return shutil.which(package)
    return None


def needed() -> str:
    """The path; skips where there is none, but fails in continuous integration."""
    found = find()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        print(MISSING, file=sys.stderr)
        pytest.skip(MISSING)
    return found


def trusting(certificate: Path) -> str:
    """The flag for a browser to which this server certificate is as good as any.

    Behind one that it does not trust, and was only told to put up with, chromium keeps nothing in its HTTP cache.
    """
    leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}"


@contextmanager
def playing() -> Iterator[BrowserType]:
    """Playwright, and its way to start a chromium; only one at a time in a thread."""
    with sync_playwright() as playwright:
        yield playwright.chromium


@contextmanager
def launched(kind: BrowserType, *more: str, keeps_pages: bool = False) -> Iterator[Browser]:
    """A headless browser that knows no proxy. `keeps_pages` leaves it its back/forward cache."""
    browser = kind.launch(
        executable_path=needed(),
        args=[*FLAGS, *more],
        ignore_default_args=["--disable-back-forward-cache"] if keeps_pages else None,
        env={name: value for name, value in os.environ.items() if name not in PROXIES},
        timeout=HANG * 1000,
    )
    expect.set_options(timeout=STEP * 1000)
    try:
        yield browser
    finally:
        browser.close()


def profile(browser: Browser, **options: Any) -> BrowserContext:
    """A profile without a history, each step in which may take its time."""
    found = browser.new_context(**options)
    found.set_default_timeout(STEP * 1000)
    return found
