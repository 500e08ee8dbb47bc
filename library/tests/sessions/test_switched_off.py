"""A user who is switched off and on again: what ends for good, and what was only refused meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_bearer import issue_session
from django_bearer.models import Session
from tests.token_clients import alive

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "is_active" not in {field.name for field in get_user_model()._meta.fields}, reason="has no such column"
    ),
]


def refresh(token: str) -> int:
    body = {"refresh_token": token}
    return int(Client().post("/auth/refresh/", body, content_type="application/json").status_code)


def switch(user: Any, active: bool, saved: bool) -> None:
    if saved:
        user.is_active = active
        user.save()
    else:
        get_user_model()._base_manager.filter(pk=user.pk).update(is_active=active)


@pytest.mark.parametrize("saved", [True, False])
def test_each_request_sees_the_state_of_its_own_time(saved: bool, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert alive(token)
    switch(ann, False, saved)
    assert not alive(token)


def test_a_save_ends_the_sessions_for_good(ann: Any) -> None:
    issued = issue_session(ann)
    switch(ann, False, saved=True)
    switch(ann, True, saved=True)
    assert not alive(issued.access_token)
    assert refresh(issued.refresh_token or "") == 401


def test_an_update_that_is_taken_back_leaves_them_valid(ann: Any) -> None:
    """No signal tells of it, and a request with an access token writes nothing."""
    issued = issue_session(ann)
    switch(ann, False, saved=False)
    assert not alive(issued.access_token)
    switch(ann, True, saved=False)
    assert alive(issued.access_token)
    assert refresh(issued.refresh_token or "") == 200


def test_a_refresh_that_is_tried_meanwhile_ends_its_session(ann: Any) -> None:
    tried, other = issue_session(ann), issue_session(ann)
    switch(ann, False, saved=False)
    assert refresh(tried.refresh_token or "") == 401
    switch(ann, True, saved=False)
    assert not alive(tried.access_token)
    assert alive(other.access_token)
    assert Session.objects.filter(revoked_at=None).count() == 1


def test_the_same_holds_for_a_password_that_is_put_back(ann: Any) -> None:
    issued, users = issue_session(ann), get_user_model()._base_manager.filter(pk=ann.pk)
    users.update(password="!")
    assert not alive(issued.access_token)
    users.update(password=ann.password)
    assert alive(issued.access_token)
