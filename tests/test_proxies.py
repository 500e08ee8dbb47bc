"""The page about proxies, done as written: a real nginx in front of a real server, on a fresh project."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tools.support.new_project import INSTALL, ROOT, NewProject
from tools.support.programs import free_port
from tools.support.readme_steps import certify, steps
from tools.support.timeouts import HANG

PAGE = ROOT / "docs" / "guide" / "proxies.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
WATCH = """
from django_bearer import public


@public
def seen(request):
    from django.http import JsonResponse
    from django_bearer.http.client_address import client
    from django_bearer import conf
    trusted = conf.current().trusted_proxies
    return JsonResponse({"secure": request.is_secure(), "client": str(client(request.META, trusted))})


urlpatterns += [path("seen/", seen)]
"""

pytestmark = pytest.mark.skipif(
    NGINX is None and not os.environ.get("CI"), reason="nginx is not installed (Debian: apt-get install nginx)"
)


@contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[str]:
    """The page's server block over that upstream; yields the URL it answers at."""
    assert NGINX is not None, "in CI nginx must be there"
    port = free_port()
    [block] = re.findall(r"^```nginx\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("http://127.0.0.1:8000", upstream)
    block = block.replace("cert.pem", f"{folder}/cert.pem").replace(" key.pem", f" {folder}/key.pem")
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr; user root;"
        f"events {{}} http {{ access_log off; {places} {block} }}"
    )
    with subprocess.Popen(
        [NGINX, "-c", str(config), "-p", str(folder)], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """A client of nginx, and one of the server behind it, of a project that follows the README and the page."""
    tmp_path = tmp_path_factory.mktemp("behind")
    project = NewProject.start(tmp_path).follow(INSTALL).follow(PAGE)
    project.write("mysite/urls.py", WATCH, appended=True)
    project.shell(steps()[0])
    authority = certify(tmp_path)
    arguments = ("-m", "uvicorn", "mysite.asgi:application", "--no-proxy-headers", "--port", "0")
    with (
        project.serving(*arguments) as upstream,
        nginx(tmp_path, upstream) as url,
        httpx.Client(
            base_url=url, headers={"Host": "localhost"}, transport=_patient(authority), timeout=HANG
        ) as front,
        httpx.Client(base_url=upstream, timeout=HANG) as back,
    ):
        yield front, back


def _patient(authority: str) -> httpx.HTTPTransport:
    """A connection is tried again while nginx is on its way up."""
    return httpx.HTTPTransport(retries=8, verify=ssl.create_default_context(cafile=authority))


def test_login_and_call_through_nginx(behind: tuple[httpx.Client, httpx.Client]) -> None:
    front, _ = behind
    tokens = front.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
    assert tokens.status_code == 200, tokens.text
    authorization = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    assert front.get("/hello/", headers=authorization).json() == {"hello": "ann"}


def test_what_a_client_writes_into_the_proxys_headers_is_gone(behind: tuple[httpx.Client, httpx.Client]) -> None:
    front, _ = behind
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    assert front.get("/seen/", headers=forged).json() == {"secure": True, "client": "127.0.0.1"}


def test_a_health_check_over_plain_http_is_answered(behind: tuple[httpx.Client, httpx.Client]) -> None:
    _, back = behind
    assert back.get("/seen/").json()["secure"] is False
