"""Which views are the admin's: decided by the URLconf, and by what a view is made of.

The admin asks for no scope, so a token that was made to do less than its user would do there whatever the user may.
Two questions, each answered on its safe side:

* `is_admin`: may this be a page of the admin? Then it opens to no such token. Everything below an `AdminSite` in the
  URLconf is, and so is every view that an `AdminSite` or `ModelAdmin` is a part of, wherever it is mounted.
* `asks_for_login`: is it certain that Django's `AdminSite.admin_view` runs first? Then it may be entered by anybody,
  since it lets in its own staff and shows others its login page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from .view_parts import TooManyParts, cells, is_a, nested_code, parts

Way = tuple[Any, ...]
"""The resolvers on the way to a view, and its pattern."""
_mounts: WeakKeyDictionary[URLResolver, dict[int, list[tuple[Way, bool]]]] = WeakKeyDictionary()
_asking: WeakKeyDictionary[FunctionType, bool] = WeakKeyDictionary()


def is_admin(request: HttpRequest, view: Any) -> bool:
    """Whether a request was resolved to what may be a page of the admin."""
    if _sites() is None:
        return False
    found = _mounts_of(get_resolver(getattr(request, "urlconf", None))).get(id(view))
    match = request.resolver_match
    if found is None:  # a URLconf that changed after it was read
        return is_of_admin(view) or match is None or "admin" in match.app_names
    answers = {admin for _, admin in found}
    if len(answers) > 1 and match is not None:  # mounted in the admin and elsewhere
        answers = {admin for way, admin in found if _route(way) == match.route} or answers
    return any(answers)


def is_of_admin(view: Any) -> bool:
    """Whether an admin site is a part of a view, or its code asks for one's check.

    So does `staff_member_required`, which is meant for pages beside the admin.
    """
    sites = _sites()
    if sites is None:
        return False
    owners, staff = _owners(sites), _staff_code()
    try:
        return any(is_a(part, owners) or _asks_for_staff(part, staff) for part in parts(view))
    except TooManyParts:
        return True


def asks_for_login(view: Any) -> bool:
    """Whether Django's own check of the admin stands before a view for certain, or it is the admin's login page."""
    sites = _sites()
    if sites is None:
        return False
    if is_a(view, MethodType):
        return _is_login(view, sites)
    if not is_a(view, FunctionType):
        return False
    known = _asking.get(view)
    if known is None:
        ours = _is_of(view, (sites.AdminSite.get_urls, sites.ModelAdmin.get_urls)) and _asks_as_django(view, sites)
        known = _asking[view] = ours or any(_same(probe, view, sites) for probe in _probes(sites.AdminSite))
    return known


def routes(resolver: Any) -> Iterator[tuple[Way, bool]]:
    """Every route in the order in which Django tries them, and whether it may be the admin's."""
    return _walk(resolver, (), False)


def _mounts_of(resolver: URLResolver) -> dict[int, list[tuple[Way, bool]]]:
    found = _mounts.get(resolver)
    if found is None:
        found = {}
        for way, admin in routes(resolver):
            found.setdefault(id(way[-1].callback), []).append((way, admin))
        _mounts[resolver] = found
    return found


def _walk(resolver: Any, before: Way, admin: bool) -> Iterator[tuple[Way, bool]]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from _walk(found, (*before, found), admin or _is_site(found))
        elif isinstance(found, URLPattern):
            yield (*before, found), admin or is_of_admin(found.callback)


def _route(way: Way) -> str:
    """The route as `ResolverMatch` writes it."""
    *before, last = (str(step.pattern) for step in way)
    for step in reversed(before):
        last = step + last.removeprefix("^") if step else last
    return last


def _is_site(resolver: URLResolver) -> bool:
    """Whether a resolver holds what an `AdminSite` or a `ModelAdmin` made of itself.

    The root is never asked: a project that puts the admin's patterns among its own there has not made the rest of
    itself a part of the admin.
    """
    sites = _sites()
    if sites is None:
        return False
    named = resolver.app_name == "admin" or resolver.namespace in {site.name for site in sites.all_sites}
    if named and is_a(resolver.urlconf_name, (list, tuple)):  # a module that bears the name is the project's own
        return True
    return any(
        _is_own_page(found.callback, sites) for found in resolver.url_patterns if isinstance(found, URLPattern)
    )


def _is_own_page(view: Any, sites: Any) -> bool:
    """Whether a view was made by the `get_urls` of a site or of a model's admin, or is a site's login page."""
    if not is_a(view, FunctionType):
        return _is_login(view, sites)
    owners = [cell for cell in cells(view) if is_a(cell, _owners(sites))]
    return any(
        _is_of(view, [vars(each)["get_urls"] for each in type(owner).__mro__ if "get_urls" in vars(each)])
        for owner in owners
    )


def _is_login(view: Any, sites: Any) -> bool:
    return is_a(view, MethodType) and is_a(view.__self__, sites.AdminSite) and view == view.__self__.login


def _is_of(view: FunctionType, functions: Iterable[Any]) -> bool:
    """Whether one of these functions defines this one."""
    return any(view.__code__ in nested_code(each.__code__) for each in functions if is_a(each, FunctionType))


def _asks_as_django(view: FunctionType, sites: Any) -> bool:
    """Whether the site for which Django's `get_urls` wrapped a view checks permissions as Django's sites do."""
    owners = [cell for cell in cells(view) if is_a(cell, _owners(sites))]
    found = [owner if is_a(owner, sites.AdminSite) else getattr(owner, "admin_site", None) for owner in owners]
    return bool(found) and all(_is_unchanged(site, sites) for site in found)


def _is_unchanged(site: Any, sites: Any) -> bool:
    """Whether a site lets in by Django's own `admin_view` and `has_permission`; those of a project may ask nobody."""
    return all(
        getattr(getattr(site, name, None), "__func__", None) is getattr(sites.AdminSite, name)
        for name in ("admin_view", "has_permission")
    )


class _View:
    """Stands where a view does, in what `admin_view` makes of it."""

    csrf_exempt = False

    def __call__(self) -> None: ...


@lru_cache(maxsize=1)
def _probes(site_class: Any) -> tuple[FunctionType, ...]:
    """What `AdminSite.admin_view` makes of a view, in each of its forms."""
    checked, exempt, site = _View(), _View(), object.__new__(site_class)
    exempt.csrf_exempt = True
    return tuple(site_class.admin_view(site, view, cacheable) for view in (checked, exempt) for cacheable in (0, 1))


def _same(probe: Any, found: Any, sites: Any) -> bool:
    """Whether `found` is built as the probe is, out of the same code all the way down to the view itself."""
    if is_a(probe, _View):
        return callable(found)
    if is_a(probe, sites.AdminSite):
        return is_a(found, sites.AdminSite) and _is_unchanged(found, sites)
    if not is_a(probe, FunctionType):
        return type(probe) is type(found)
    if not is_a(found, FunctionType) or found.__code__ is not probe.__code__:
        return False
    ours, theirs = list(cells(probe)), list(cells(found))
    return len(ours) == len(theirs) and all(_same(*pair, sites) for pair in zip(ours, theirs, strict=True))


def _asks_for_staff(part: Any, staff: frozenset[CodeType]) -> bool:
    """Whether a function is `staff_member_required`, or names `admin_view` itself, as a `dispatch` does that wraps
    what it calls."""
    if not is_a(part, FunctionType):
        return False
    code = part.__code__
    return code in staff or any("admin_view" in each.co_names for each in (code, *nested_code(code)))


def _staff_code() -> frozenset[CodeType]:
    decorators = sys.modules.get("django.contrib.admin.views.decorators")
    if decorators is None:
        return frozenset()
    code = decorators.staff_member_required.__code__
    return frozenset((code, *nested_code(code)))


def _owners(sites: Any) -> tuple[type, ...]:
    return sites.AdminSite, sites.DefaultAdminSite, sys.modules["django.contrib.admin.options"].BaseModelAdmin


def _sites() -> Any:
    """Django's module of admin sites, or None in a project that has not loaded it and so has no admin."""
    return sys.modules.get("django.contrib.admin.sites")
