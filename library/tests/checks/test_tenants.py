"""The order of packages for tenants is told, by path and by what a project derives from them."""

from __future__ import annotations

from typing import Any

import pytest
from django_tenants.middleware.main import TenantMainMiddleware

from django_bearer.checks import tenants

OURS = "django_bearer.BearerMiddleware"
THEIRS = "django_tenants.middleware.main.TenantMainMiddleware"


class ByPath(TenantMainMiddleware):  # type: ignore[misc]
    """A project's own."""


@pytest.mark.parametrize(
    "path",
    [
        THEIRS,
        "django_tenants.middleware.TenantSubfolderMiddleware",
        "tenant_schemas.middleware.TenantMiddleware",
        "django_pgschemas.routing.middleware.DomainRoutingMiddleware",
        f"{__name__}.ByPath",
    ],
)
def test_below_ours_it_is_told(settings: Any, path: str) -> None:
    settings.MIDDLEWARE = [OURS, "django.middleware.common.CommonMiddleware", path]
    [found] = tenants.check(None)
    assert found.id == "bearer.W003"
    assert path in str(found.hint)


@pytest.mark.parametrize("order", [[THEIRS, OURS], [OURS], [THEIRS], []])
def test_anything_else_is_not(settings: Any, order: list[str]) -> None:
    settings.MIDDLEWARE = order
    assert tenants.check(None) == []
