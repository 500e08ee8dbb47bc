"""Rows of sessions and API tokens that no later epoch has ended: they look as live as others in their own columns."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..models import Issuer, UserTokenVersion


def of_current_epochs(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` whose issuer and user are still in the epoch that the row has, with `user_epoch_now`."""
    issuer = Issuer.objects.filter(name=OuterRef("issuer")).values("epoch")
    user = UserTokenVersion.objects.filter(user_id=OuterRef("user_id")).values("epoch")
    read: QuerySet[Any] = rows.annotate(
        issuer_epoch_now=Coalesce(Subquery(issuer), 0), user_epoch_now=Coalesce(Subquery(user), 0)
    )
    current: QuerySet[Any] = read.filter(issuer_epoch__gte=F("issuer_epoch_now"), user_epoch__gte=F("user_epoch_now"))
    return current
