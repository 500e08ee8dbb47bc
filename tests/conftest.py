"""What every test stands on: no state of one test reaches the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_bearer import clock, events
from django_bearer.http import transport
from django_bearer.sessions.authentication import forget_signatures
from django_bearer.storage import keys

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """As if the process had just started: no remembered signature, ring, transport or shifted clock."""
    yield
    clock.reset()
    transport.state.reset()
    forget_signatures()
    keys.forget()
    events.forget_samples()


@pytest.fixture
def ann(db: Any, django_user_model: Any) -> Any:
    """A user with a password."""
    name = {django_user_model.USERNAME_FIELD: "ann@example.com"}
    user = django_user_model(**name)
    user.set_password(PASSWORD)
    user.save()
    return user
