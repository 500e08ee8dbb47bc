"""The development server over HTTPS: a real client that trusts its authority, and nobody else's certificate."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from django_bearer.management import certificate
from django_bearer.primitives import clock
from tools.support.new_project import INSTALL, NewProject
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG


@pytest.mark.hard
def test_a_page_over_https_and_static_files_with_it(tmp_path: Path) -> None:
    project = NewProject.start(tmp_path).follow(INSTALL)
    project.env["XDG_DATA_HOME"] = str(tmp_path / "data")
    project.shell(steps()[0])
    with project.serving("manage.py", "bearer_runserver", "--noreload", "0") as url:
        assert url.startswith("https://localhost:"), "the host that ISSUER names"
        authority = tmp_path / "data" / "django-bearer" / "authority.pem"
        trusting = ssl.create_default_context(cafile=str(authority))
        with httpx.Client(base_url=url, verify=trusting, timeout=HANG) as client:
            tokens = client.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
            headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
            assert client.get("/hello/", headers=headers).json() == {"hello": "ann"}
            assert client.get("/static/admin/css/base.css").status_code == 200
        with httpx.Client(base_url=url, timeout=HANG) as plain, pytest.raises(httpx.ConnectError):
            plain.get("/hello/")
        with httpx.Client(base_url=url, verify=trusting, timeout=HANG) as client:
            assert client.get("/hello/").status_code == 401, "one that hung up stops nobody"


def test_the_certificate_is_made_once_for_this_machine_only(tmp_path: Path) -> None:
    made = certificate.ready(tmp_path)
    assert certificate.ready(tmp_path) == made
    assert stat.S_IMODE(made.chain.stat().st_mode) == 0o600
    leaf, root = x509.load_pem_x509_certificates(made.chain.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    limits = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert b"PRIVATE KEY" not in made.authority.read_bytes()
    assert made.chain.read_bytes().count(b"PRIVATE KEY") == 2, "one key, the leaf's"


def test_it_is_made_anew_before_it_ends_and_when_it_is_broken(tmp_path: Path) -> None:
    made = certificate.ready(tmp_path)
    clock.advance(certificate.LIFETIME.total_seconds() - 86_400)
    again = certificate.ready(tmp_path)
    assert again.fingerprint != made.fingerprint
    again.chain.write_text("broken")
    assert certificate.ready(tmp_path).fingerprint != again.fingerprint
