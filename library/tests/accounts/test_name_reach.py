"""Which backends may log in somebody else than the user whom a name finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.backends import AllowAllUsersModelBackend, BaseBackend, ModelBackend

from django_bearer.accounts import lookup, name_reach

DJANGOS = "django.contrib.auth.backends."


class Permissions(ModelBackend):
    """It adds permissions, and authenticates as Django does."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False


class OfTheProject(ModelBackend):
    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        return None


class Awaited(BaseBackend):
    async def aauthenticate(self, request: Any, **credentials: Any) -> Any:
        return None


def test_djangos_backends_and_those_that_add_permissions_reach_nobody_else(settings: Any) -> None:
    named = ("ModelBackend", AllowAllUsersModelBackend.__name__, "RemoteUserBackend")
    settings.AUTHENTICATION_BACKENDS = [*(DJANGOS + name for name in named), f"{__name__}.Permissions"]
    assert not name_reach.may_reach_others("ann@example.com", None, True)


@pytest.mark.parametrize("backend", [OfTheProject, Awaited])
def test_a_backend_that_authenticates_in_its_own_way_may_reach_anybody(backend: type[Any], settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [DJANGOS + "ModelBackend", f"{__name__}.{backend.__name__}"]
    assert name_reach.may_reach_others("ann", None, True)


def test_a_name_stands_for_one_account_where_django_alone_is_asked(ann: Any, settings: Any) -> None:
    assert lookup.find(ann.get_username()).sole
    assert not lookup.find("nobody").sole
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.OfTheProject"]
    assert not lookup.find(ann.get_username()).sole
