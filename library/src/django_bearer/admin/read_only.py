"""Looking, and doing on purpose: pages without a form, and actions that ask once more before they act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..errors import BearerError
from ..primitives.clock import SECOND

CONFIRM = "admin/django_bearer/confirm.html"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows are created, changed and deleted by functions, which publish an event; never by a form.

    `fields` lists what is shown: a column that is added later is not shown by itself.
    """

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only of columns that are shown: Django would answer comparisons with any column of the row, so that whoever
        may look could find out a digest or an encrypted key, byte by byte."""
        shown = {"pk", *map(str, self.list_display), *map(str, self.list_filter), *map(str, self.fields or ())}
        allowed: bool = lookup.split("__")[0] in shown and super().lookup_allowed(lookup, value, request)
        return allowed

    def may_act_on(self, request: HttpRequest, row: Any) -> bool:
        """Whether somebody who may use the actions may use them on this row."""
        return True

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may use the actions: Django's permission to change, which here means nothing else."""
        meta = self.opts
        return bool(request.user.has_perm(f"{meta.app_label}.change_{meta.model_name}"))


def timestamp(value: int | None) -> str:
    """A timestamp in microseconds, as people read it, in UTC."""
    return "-" if value is None else f"{datetime.fromtimestamp(value / SECOND, UTC):%Y-%m-%d %H:%M}"


def outranks(owner: Any, user: Any) -> bool:
    """Whether what belongs to `owner` is not for `user` to end: a superuser's, by whoever is none.

    Who may only help others log out must not lock out those who could take that permission away.
    """
    return bool(getattr(owner, "is_superuser", False)) and not user.is_superuser


def confirmed_action(title: Any, warning: Any, permission: str = "act") -> Callable[[Callable[..., int]], Any]:
    """An action on chosen rows that shows them, says what will happen, and acts when it is told again.

    The function does it to one row, and returns how many things ended by it. Rows that are not for this user to act
    on are left out, and it is said how many.
    """

    def dress(act: Callable[..., int]) -> Any:
        @admin.action(description=title, permissions=[permission])
        @wraps(act)
        def action(self: Any, request: HttpRequest, chosen: Any) -> HttpResponseBase | None:
            rows = [row for row in chosen if self.may_act_on(request, row)]
            if len(rows) < len(chosen):
                left = _("Left alone, since only superusers may act on them: %(count)d.")
                self.message_user(request, left % {"count": len(chosen) - len(rows)}, messages.ERROR)
            if not rows:
                return None
            if "confirmed" not in request.POST:
                return _ask(self, request, rows, act.__name__, title, warning)
            done = 0
            for row in rows:
                try:
                    done += act(self, row)
                except BearerError as error:
                    self.message_user(request, str(error), messages.ERROR)
            self.message_user(request, _("Done: %(count)d.") % {"count": done}, messages.SUCCESS)
            return None

        return action

    return dress


def _ask(page: Any, request: HttpRequest, rows: Any, name: str, title: Any, warning: Any) -> HttpResponseBase:
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "warning": warning,
        "rows": rows,
        "action": name,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, CONFIRM, context)
