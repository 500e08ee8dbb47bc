"""Admin sites with pages of their own, as Django's documentation and import/export packages add them."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import View


def page(request: HttpRequest, **_: Any) -> HttpResponse:
    return HttpResponse("secret of the admin")


class Wizard(View):
    model_admin: Any = None

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret of the admin")


class GroupAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Import and export beside the usual pages, wrapped in each way that is in use; and one that was forgotten."""

    def get_urls(self) -> list[Any]:
        def wrap(view: Any) -> Any:
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return self.admin_site.admin_view(view)(*args, **kwargs)

            wrapper.model_admin = self  # type: ignore[attr-defined]
            return update_wrapper(wrapper, view)

        return [
            path("import/", self.admin_site.admin_view(self.import_action)),
            path("export/", self.admin_site.admin_view(self.import_action, cacheable=True)),
            path("wizard/", self.admin_site.admin_view(Wizard.as_view(model_admin=self))),
            path("copied/", wrap(self.import_action)),
            path("forgotten/", self.import_action),
            path("forgotten-wizard/", Wizard.as_view()),
            *super().get_urls(),
        ]

    def import_action(self, request: HttpRequest) -> HttpResponse:
        return page(request)


class Office(AdminSite):
    """Another site, with pages of the site itself and routes below it that know nothing of the admin."""

    def get_urls(self) -> list[Any]:
        return [
            path("report/", self.admin_view(self.report)),
            path("bare/", self.report),
            path("function/", page),
            path("more/", include([path("deep/", include([path("page/", page)]))])),
            *super().get_urls(),
        ]

    def report(self, request: HttpRequest) -> HttpResponse:
        return page(request)


class Renamed(Office):
    """A site whose URLs have a namespace of their own, and whose check is decorated."""

    @property
    def urls(self) -> Any:
        return self.get_urls(), "backstage", self.name

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(lambda *args, **kwargs: view(*args, **kwargs), cacheable)


class Bare(AdminSite):
    """A site of which nothing is left but a page that knows nothing of the admin."""

    def get_urls(self) -> list[Any]:
        return [path("function/", page)]

    @property
    def urls(self) -> Any:
        return self.get_urls(), "bare", self.name


class Lenient(Office):
    """A site that lets everybody in."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True


class Unasking(Office):
    """A site whose `admin_view` wraps nothing."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return view


lenient = Lenient("lenient")
lenient.register(Group, GroupAdmin)
unasking = Unasking("unasking")
unasking.register(Group, GroupAdmin)
office = Office("office")
office.register(Group, GroupAdmin)
renamed = Renamed("renamed")
renamed.register(Group, GroupAdmin)
bare = Bare("bare")
