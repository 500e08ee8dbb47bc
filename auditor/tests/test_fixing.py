"""Changes keep the formatting, do nothing the second time, and end the finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.fixing import apply, fixes

SOURCE = """# a comment
def login(request):
    response.set_cookie(
        "access_token",  # the short one
        str(token),
        secure=False,
    )
    response.set_cookie('refresh_token', refresh )
    return response
"""
SAFE = SOURCE.replace("secure=False,\n", 'secure=False,\n        samesite="Lax",\n').replace(
    "refresh )", 'refresh, samesite="Lax")'
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "views.py").write_text(SOURCE)
    return tmp_path


def test_safe_changes(project: Path) -> None:
    apply(project, fixes(project, audit(project).findings, unsafe=False))
    assert (project / "views.py").read_text() == SAFE
    assert fixes(project, audit(project).findings, unsafe=False) == []


def test_unsafe_changes_end_the_finding(project: Path) -> None:
    apply(project, fixes(project, audit(project).findings, unsafe=True))
    text = (project / "views.py").read_text()
    assert text.count("httponly=True") == text.count("secure=True") == 2
    assert "# the short one" in text
    assert not audit(project).findings


def test_settings_are_changed_where_they_stand(tmp_path: Path) -> None:
    source = (
        "INSTALLED_APPS = []\r\nSESSION_COOKIE_HTTPONLY = False  # why?\r\n"
        "REST_AUTH = {'JWT_AUTH_HTTPONLY': False}\r\n"
    )
    (tmp_path / "settings.py").write_bytes(source.encode())
    apply(tmp_path, fixes(tmp_path, audit(tmp_path).findings, unsafe=False))
    first = (tmp_path / "settings.py").read_bytes().decode()
    assert first == source.replace("ONLY = False", "ONLY = True")
    apply(tmp_path, fixes(tmp_path, audit(tmp_path).findings, unsafe=True))
    second = (tmp_path / "settings.py").read_bytes().decode()
    assert "'JWT_AUTH_HTTPONLY': True" in second
    assert second.rstrip().endswith("CSRF_COOKIE_SECURE = True")
    assert fixes(tmp_path, audit(tmp_path).findings, unsafe=True) == []


def test_a_diff_writes_nothing(project: Path) -> None:
    (fix,) = fixes(project, audit(project).findings, unsafe=False)
    assert '+        samesite="Lax",' in fix.diff()
    assert (project / "views.py").read_text() == SOURCE


def test_what_takes_over_stays_last(tmp_path: Path) -> None:
    end = "try:\n    from .local import *\nexcept ImportError:\n    pass\n"
    (tmp_path / "settings.py").write_text(f"INSTALLED_APPS = []\nROOT_URLCONF = 'x'\n{end}")
    apply(tmp_path, fixes(tmp_path, audit(tmp_path).findings, unsafe=True))
    after = (tmp_path / "settings.py").read_text()
    assert "CSRF_COOKIE_SECURE = True" in after
    assert after.endswith(end)


def test_a_file_that_is_nested_too_deeply_to_change_stays(tmp_path: Path) -> None:
    source = "def v(request, response):\n    response.set_cookie('access_token', access_token, secure=False)\n"
    deep = source + "x = a" + ".b" * 900 + "\n" + "y = " + " + ".join(["a"] * 900) + "\n"
    (tmp_path / "a.py").write_text(deep)
    found = audit(tmp_path).findings
    assert any(finding.hit.changes for finding in found)
    assert fixes(tmp_path, found, unsafe=True) == []
