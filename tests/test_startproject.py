"""Django's and REST framework's own test tools, in a project that followed the guide to install, by both runners."""

from __future__ import annotations

import pytest

from tools.support.new_project import INSTALL, ROOT, NewProject

GUIDE = ROOT / "docs" / "guide" / "testing.md"

STOCK = '''
import json
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.test import LiveServerTestCase, RequestFactory, TestCase, TransactionTestCase
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate

from django_bearer import issue_session
from mysite import views

WORD = "correct horse"


def bearer(user):
    return {"Authorization": f"Bearer {issue_session(user).access_token}"}


class Stock:
    """The same for a test in a transaction and for one without."""

    def setUp(self):
        self.ann = User.objects.create_user("ann", password=WORD)

    def test_settings_are_those_of_startproject(self):
        self.assertTrue(settings.SECRET_KEY.startswith("django-insecure-"))
        self.assertFalse(settings.DEBUG)

    def test_login_refresh_logout_with_the_stock_client(self):
        def post(path, **body):
            return self.client.post(path, body, content_type="application/json")

        tokens = post("/auth/login/", username="ann", password=WORD).json()
        headers = {"Authorization": "Bearer " + tokens["access_token"]}
        self.assertEqual(self.client.get("/hello/", headers=headers).json(), {"hello": "ann"})
        again = post("/auth/refresh/", refresh_token=tokens["refresh_token"]).json()
        self.assertNotEqual(again["refresh_token"], tokens["refresh_token"])
        self.assertEqual(post("/auth/logout/", refresh_token=again["refresh_token"]).status_code, 204)
        self.assertEqual(self.client.get("/hello/", headers=headers).status_code, 401)

    def test_api_client(self):
        client = APIClient()
        self.assertEqual(client.get("/notes/").status_code, 401)
        client.credentials(HTTP_AUTHORIZATION=bearer(self.ann)["Authorization"])
        self.assertEqual(client.get("/notes/").json()["owner"], "ann")

    def test_force_login_is_djangos_session_and_no_bearer_token(self):
        self.client.force_login(self.ann)
        self.assertEqual(self.client.get("/hello/").status_code, 401)
        self.ann.is_staff = self.ann.is_superuser = True
        self.ann.save()
        self.client.force_login(self.ann)
        self.assertEqual(self.client.get("/admin/").status_code, 200)

    def test_force_authenticate(self):
        client = APIClient()
        client.force_authenticate(self.ann)
        self.assertEqual(client.get("/open/").json(), {"user": "ann"})
        self.assertEqual(client.get("/notes/").status_code, 403)
        client.force_authenticate()
        self.assertEqual(client.get("/open/").status_code, 401)

    def test_request_factories(self):
        request = RequestFactory().get("/hello/", headers=bearer(self.ann))
        self.assertEqual(json.loads(views.hello(request).content), {"hello": "ann"})
        self.assertEqual(views.hello(RequestFactory().get("/hello/")).status_code, 401)
        request = APIRequestFactory().get("/notes/", headers=bearer(self.ann))
        self.assertEqual(views.Notes.as_view()(request).data["owner"], "ann")
        request = APIRequestFactory().get("/open/")
        force_authenticate(request, self.ann)
        self.assertEqual(Open.as_view()(request).data, {"user": "ann"})

    def test_wrong_passwords_of_one_test_do_not_count_in_the_next(self):
        self._guess()

    def test_wrong_passwords_of_one_test_do_not_count_in_the_next_again(self):
        self._guess()

    def _guess(self):
        body = {"username": "ann", "password": "guess"}
        for expected in [401] * 10 + [429]:
            answer = self.client.post("/auth/login/", body, content_type="application/json")
            self.assertEqual(answer.status_code, expected)


class InTransaction(Stock, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.bob = User.objects.create_user("bob")
        cls.headers = bearer(cls.bob)

    def test_a_token_of_the_whole_class(self):
        self.assertEqual(self.client.get("/hello/", headers=self.headers).json(), {"hello": "bob"})

    def test_a_token_of_the_whole_class_again(self):
        self.test_a_token_of_the_whole_class()


class AnotherClass(InTransaction):
    """The keys of the class before are gone with its transaction."""


class WithoutTransaction(Stock, TransactionTestCase):
    pass


class Live(LiveServerTestCase):
    def test_a_real_request(self):
        request = Request(self.live_server_url + "/hello/", headers=bearer(User.objects.create_user("ann")))
        with urlopen(request) as answer:
            self.assertEqual(json.load(answer), {"hello": "ann"})


from rest_framework.response import Response
from rest_framework.views import APIView


class Open(APIView):
    def get(self, request):
        return Response({"user": request.user.get_username()})
'''

ROUTE = """
from mysite.test_stock import Open

urlpatterns += [path("open/", Open.as_view())]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("fresh")).follow(INSTALL).follow(GUIDE)
    project.write("mysite/test_stock.py", STOCK)
    project.write("mysite/urls.py", ROUTE, appended=True)
    # Django's advice for tests that hash many passwords.
    hashers = 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]'
    project.write("mysite/settings.py", hashers, appended=True)
    return project


def test_under_djangos_runner(project: NewProject) -> None:
    assert "OK" in project.manage("test")


@pytest.mark.hard
def test_under_djangos_runner_in_parallel_and_any_order(project: NewProject) -> None:
    assert "OK" in project.manage("test", "--parallel", "2", "--shuffle", "7")


@pytest.mark.hard
def test_under_pytest_and_xdist(project: NewProject) -> None:
    said = project.run("-W", "error", "-m", "pytest", "-n", "2", "-p", "no:cacheprovider")
    assert " passed" in said
    assert "failed" not in said


def test_guide_lists_what_the_fixture_has() -> None:
    from django_bearer.testing import Bearer

    page = GUIDE.read_text()
    public = [name for name in vars(Bearer) if not name.startswith("_")]
    assert [name for name in public if f"`bearer.{name}(" not in page] == []
