"""`manage.py bearer_migrate`: begins the move, and shows what still comes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework_simplejwt.tokens import AccessToken

from django_bearer_migrate.models import MoveStart

from .conftest import PASSWORD
from .test_simplejwt import get


def run(step: str) -> str:
    out = StringIO()
    call_command("bearer_migrate", step, stdout=out, stderr=out)
    return out.getvalue()


def test_the_move_begins_and_status_shows_uses(not_begun: None, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann", password=PASSWORD)
    assert "has not begun" in run("status")
    assert "1 accounts were new" in run("start")
    assert "0 accounts were new" in run("start")
    get(str(AccessToken.for_user(user)))
    get(str(AccessToken.for_user(user)))
    shown = run("status")
    assert "has not begun" not in shown
    assert "simplejwt  access  okhttp  2" in shown


def test_nothing_begins_with_settings_that_cannot_be_used(not_begun: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = {}
    with pytest.raises(CommandError, match="settings"):
        run("start")
    assert not MoveStart.objects.exists()
    assert "BEARER_MIGRATE is missing" in run("status")
