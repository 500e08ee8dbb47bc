"""What django-tenants asks for: who the tenants are, and at which hosts."""

from __future__ import annotations

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Customer(TenantMixin):  # type: ignore[misc]
    """A tenant, whose schema is made with it."""

    name = models.CharField(max_length=100)
    auto_create_schema = True


class Domain(DomainMixin):  # type: ignore[misc]
    """A host."""
