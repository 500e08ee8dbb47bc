"""Values are followed back to what they are made of and forward to where they go."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.origins import Kind
from django_bearer_audit.project.flow.words import is_password, is_secret


@pytest.mark.parametrize(
    "name",
    ["token", "sessionToken", "API_KEY", "reset_link", "otp_code", "activation_key", "session_id", "otpN"],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "token_count",
        "next_page_token",
        "key",
        "code",
        "csrf_token",
        "token_expires_at",
        "sort_key",
        "TokenView",
    ],
)
def test_names_about_secrets_or_of_other_things(name: str) -> None:
    assert not is_secret(name)
    assert not is_password("password_field")


def test_parts_are_followed_through_functions_and_files(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("import time\n\ndef stamp(user):\n    return f'{user.pk}{time.time()}'\n")
    (tmp_path / "used.py").write_text("from made import stamp\n\ndef f(user):\n    x = stamp(user)\n    y = x\n")
    project = Project(tmp_path)
    module = project.python.module("used.py")
    assert module is not None
    last = module.nodes(ast.Assign)[-1]
    assert {part.kind for part in project.origins(module, last.value)} == {Kind.PERSON, Kind.TIME}


def test_an_overwritten_value_does_not_reach_its_use(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import secrets\n\ndef f():\n    x = g()\n    x = secrets.token_hex()\n    y = x\n"
    )
    project = Project(tmp_path)
    module = project.python.module("a.py")
    assert module is not None
    parts = project.origins(module, module.nodes(ast.Assign)[-1].value)
    assert [part.kind for part in parts] == [Kind.STRONG]


def test_a_value_goes_into_the_callers_of_its_function(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("def fresh():\n    return source()\n")
    (tmp_path / "used.py").write_text("from made import fresh\n\ndef f(user):\n    user.api_key = fresh()\n")
    project = Project(tmp_path)
    module = project.python.module("made.py")
    assert module is not None
    reached = [(d.how, d.name) for d in project.destinations(module, module.nodes(ast.Call)[0])]
    assert reached == [("return", "fresh"), ("attribute", "api_key")]
