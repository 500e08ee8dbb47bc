"""What a message shows is what is in force, in a reader's words: no form of Python's, no mark of our own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project import Project

SETTINGS = "from datetime import timedelta\nINSTALLED_APPS = ['rest_framework']\nROOT_URLCONF = 'shop.urls'\n"


@pytest.mark.parametrize(
    ("entry", "lifetime", "told"),
    [
        ("ACCESS_TOKEN_LIFETIME", "timedelta(days=1)", '"ACCESS_TOKEN_LIFETIME"] is 1 day.'),
        ("ACCESS_TOKEN_LIFETIME", "timedelta(hours=5)", '"ACCESS_TOKEN_LIFETIME"] is 5 hours.'),
        ("REFRESH_TOKEN_LIFETIME", "timedelta(days=90)", '"REFRESH_TOKEN_LIFETIME"] is 90 days.'),
    ],
)
def test_a_lifetime_is_said_in_days_or_hours(tmp_path: Path, entry: str, lifetime: str, told: str) -> None:
    (tmp_path / "settings.py").write_text(f"{SETTINGS}SIMPLE_JWT = {{'{entry}': {lifetime}}}\n")
    messages = [each.hit.message for each in audit(tmp_path).findings if each.rule in {"BT601", "BT602"}]
    assert messages == [f"SIMPLE_JWT[{told}"]


def test_a_view_without_a_route_is_named_by_itself(tmp_path: Path) -> None:
    view = "from rest_framework.views import APIView\nclass Change(APIView):\n    def post(self, request): ...\n"
    (tmp_path / "views.py").write_text(view)
    (endpoint,) = Project(tmp_path).routes.table.endpoints
    assert endpoint.told == "Change (POST, its route is not known)"
    for path in ("login/", "/login/"):
        assert replace(endpoint, path=path).told == "POST /login/"
