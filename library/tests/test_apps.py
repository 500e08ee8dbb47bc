"""The Django app: what it connects when the project has loaded."""

from __future__ import annotations

import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_bearer import apps
from django_bearer.integrations import allauth


def test_a_version_of_allauth_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(allauth, "receivers", raising=False)
    monkeypatch.setitem(sys.modules, "django_bearer.integrations.allauth.receivers", None)
    with pytest.raises(ImproperlyConfigured, match=r'django-allauth \d.+ pip install "django-bearer\[allauth\]"'):
        apps._connect_allauth()
