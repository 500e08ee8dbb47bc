"""What a user would see twice is said once."""

from __future__ import annotations

from pathlib import Path

from django_bearer_audit.engine import audit

SETTINGS = """INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
"""
URLS = """from django.urls import path
from shop import views
urlpatterns = [
    path("notes/", views.Notes.as_view()),
    path("sum/", views.Sum.as_view()),
    path("login/", views.Login.as_view()),
]
"""
VIEWS = """from django.contrib.auth import authenticate
from rest_framework.views import APIView
from shop.models import Note
class Notes(APIView):
    def post(self, request):
        Note.objects.create(text=request.data["text"])
class Sum(APIView):
    def get(self, request):
        return Note.objects.count()
class Login(APIView):
    def post(self, request):
        user = authenticate(request, username=request.data["name"], password=request.data["password"])
"""
AUTHENTICATION = """import jwt
from rest_framework.authentication import BaseAuthentication
class QueryAuthentication(BaseAuthentication):
    def authenticate(self, request):
        return jwt.decode(request.GET.get("token"), key, algorithms=["ES256"])
"""
SIGNING = """import jwt
from django.conf import settings
def sign(data):
    return jwt.encode(data, settings.SIMPLE_JWT["SIGNING_KEY"], algorithm="HS256")
"""


def messages(root: Path, **files: str) -> dict[str, list[str]]:
    (root / "shop").mkdir()
    for name, text in {"settings": SETTINGS, **files}.items():
        (root / "shop" / f"{name}.py").write_text(text)
    found: dict[str, list[str]] = {}
    for finding in audit(root).findings:
        found.setdefault(finding.rule, []).append(finding.hit.message)
    return found


def test_a_missing_default_lists_only_what_has_no_finding_of_its_own(tmp_path: Path) -> None:
    found = messages(tmp_path, urls=URLS, views=VIEWS)
    (told,) = found["BT801"]
    assert "Open because of it: GET /sum/ and 1 view with a finding of its own." in told
    assert len(found["BT802"]) == 1
    (told,) = found["BT501"]
    assert "No throttle applies to 1 view with a finding of its own" in told
    assert len(found["BT502"]) == 1


def test_the_rule_that_says_more_speaks(tmp_path: Path) -> None:
    found = messages(tmp_path, authentication=AUTHENTICATION)
    assert len(found["BT205"]) == 1
    assert "BT221" not in found


def test_a_key_in_the_settings_is_told_once(tmp_path: Path) -> None:
    settings = SETTINGS + 'SIMPLE_JWT = {"SIGNING_KEY": "written here"}\n'
    assert len(messages(tmp_path, settings=settings, signing=SIGNING)["BT402"]) == 1
