"""The steps `plan`, `settings` and `code`, and what `finish` changes in files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings

from django_bearer.management.auditor import auditor, loaded_project
from django_bearer.management.loaded_settings import explicit_settings
from django_bearer.management.project_folder import project_folder

from .. import clock, settings
from . import answers, asked_permissions, codemod, open_views, successors
from .changes import Changes, Unreadable, files, source

PYTHON = frozenset({".py"})
FRONT = frozenset({".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".html"})
PACKAGES = {
    "simplejwt": ("rest_framework_simplejwt", "SIMPLE_JWT"),
    "knox": ("knox", "REST_KNOX"),
    "authtoken": ("rest_framework.authtoken", ""),
    "dj-rest-auth": ("dj_rest_auth", "REST_AUTH"),
    "django-oauth-toolkit": ("oauth2_provider", "OAUTH2_PROVIDER"),
}
MIDDLEWARE = "django_bearer.BearerMiddleware"
COOKIES = "django_bearer_migrate.compat.token_cookies.AccessCookieMiddleware"
APP = "django_bearer_migrate"
KNOWN_LOGINS = frozenset({"rest_framework.authentication.SessionAuthentication", *successors.ACCEPT.values()})
PUBLIC_PATHS = "BEARER_PUBLIC_PATHS"
"""Where `code` notes paths for `settings`."""
NEWLINE = "\n"
APPS = ["django_bearer", APP]
DAYS = 180
_SETTINGS = re.compile("settings|conf")
_STRING = re.compile(
    r"""["']((?:rest_framework_simplejwt|knox|rest_framework\.authtoken|dj_rest_auth|oauth2_provider|"""
    r"""rest_framework_jwt|rest_framework\.authentication\.TokenAuthentication)(?:\.\w+)*)["']"""
)
_FRONT = re.compile(
    r"""(?:Token|JWT) \$\{|["'](?:Token|JWT) ["']|/token/refresh/|localStorage\.\w+Item\([^)]*token""", re.I
)


def folder() -> Path:
    """The folder of the project, without links in its path."""
    return project_folder().resolve()


def installed() -> list[str]:
    """The old packages that the project uses, by its apps, settings and modules that are loaded."""
    given = explicit_settings()
    apps = set(map(str, given.get("INSTALLED_APPS", ())))  # without its tables `authtoken` has no key
    return [
        name
        for name, (module, setting) in PACKAGES.items()
        if any(app == module or app.startswith(f"{module}.") for app in apps)
        or setting in given
        or (module in sys.modules and name != "authtoken")
    ]


def plan() -> Iterator[str]:
    """What the project uses of the old packages, each with its successor or why it has none."""
    found, root = installed(), folder()
    yield f"packages: {', '.join(found) or 'none of those that can be moved'}"
    for setting, key, answer in answers.answers(explicit_settings()):
        yield f"{setting}[{key!r}] -> {answer or 'unknown: the package has no such key'}"
    for path in files(root, PYTHON):
        for line, name in _names(path.read_text(encoding="utf-8", errors="replace")):
            if told := _successor(name):
                yield f"{path.relative_to(root).as_posix()}:{line}: {name} -> {told}"
    for path in files(root, FRONT):
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in _FRONT.finditer(text):
            where = f"{path.relative_to(root).as_posix()}:{text.count(chr(10), 0, match.start()) + 1}"
            yield f"{where}: {match[0]} -> the browser client (client-js), which keeps tokens out of the storage"


def _names(text: str) -> Iterator[tuple[int, str]]:
    yield from codemod.imports(text)
    for match in _STRING.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1]


def _successor(name: str) -> str | None:
    return successors.ACCEPT.get(name) or successors.TRADE.get(name) or successors.by_hand(name)


def settings_file(setting: str = "INSTALLED_APPS") -> Path:
    """The file that assigns a setting: that of the settings module, one that was imported, or one that some package
    for settings in parts has read."""
    name, root = str(django_settings.SETTINGS_MODULE), folder()
    parent = name.rpartition(".")[0]
    for module in sorted(
        sys.modules, key=lambda each: (each != name, not (parent and each.startswith(f"{parent}.")), each)
    ):
        path = _file_of(sys.modules[module])
        own = (
            path is not None and path.is_relative_to(root) and setting in getattr(sys.modules[module], "__dict__", {})
        )
        if path is not None and own and _assigns(path, setting):
            return path
    read = [path for path in files(root, PYTHON) if _SETTINGS.search(path.as_posix()) and _assigns(path, setting)]
    if len(read) == 1:
        return read[0]
    raise LookupError(f"no file, or more than one, assigns {setting} beside {name}: change it by hand")


def _file_of(module: Any) -> Path | None:
    file = getattr(module, "__file__", None)
    path = Path(file).resolve() if file else None
    return path if path is not None and path.suffix == ".py" and "site-packages" not in path.parts else None


def _assigns(path: Path, setting: str) -> bool:
    try:
        text = source(path)
    except Unreadable:
        return False
    return setting in text and codemod.assigns(text, setting)


def write_settings(changes: Changes, issuer: str, days: int = DAYS) -> Iterator[str]:
    """Add `BEARER` and `BEARER_MIGRATE` to the settings, from those of the old packages."""
    given = explicit_settings()
    path = settings_file()
    text = changes.read(path)
    for setting, key, answer in answers.answers(given):
        yield f"{setting}[{key!r}] -> {answer or 'unknown: the package has no such key'}"
    parts = []
    if "BEARER" in given or codemod.assigns(text, "BEARER"):
        yield "BEARER is there, and stays as it is"
    else:
        found = bearer(given, issuer)
        if paths := given.get(PUBLIC_PATHS):
            found["PUBLIC_PATHS"] = list(paths)
            text = codemod.without(text, PUBLIC_PATHS, frozenset()) or text
        parts.append(written("BEARER", found))
    known = [name for name in installed() if _entry(name) in settings.KEYS]
    if settings.NAME in given or codemod.assigns(text, settings.NAME):
        yield f"{settings.NAME} is there, and stays as it is"
    elif known:
        until = (datetime.fromtimestamp(clock.seconds(), UTC).date() + timedelta(days=days)).isoformat()
        entries = {_entry(name): {"UNTIL": until, "SCOPES": _scopes(given)} for name in known}
        parts.append(written(settings.NAME, entries))
    if parts:
        changes.put(path, text.rstrip("\n") + "\n\n" + "".join(parts))


def written(name: str, value: Mapping[str, Any]) -> str:
    """An assignment in the form of Django's own settings: a member a line, in double quotes."""

    def form(found: Any, indent: str) -> str:
        if isinstance(found, Mapping) and found:
            inner = indent + "    "
            members = "".join(f'{inner}"{key}": {form(each, inner)},\n' for key, each in found.items())
            return f"{{\n{members}{indent}}}"
        if isinstance(found, list) and found:
            inner = indent + "    "
            return "[\n" + "".join(f"{inner}{form(each, inner)},\n" for each in found) + f"{indent}]"
        return json.dumps(found, ensure_ascii=False) if isinstance(found, str) else repr(found)

    return f"{name} = {form(value, '')}\n"


def _entry(package: str) -> str:
    return "dot" if package == "django-oauth-toolkit" else package


def _scopes(given: Mapping[str, Any]) -> list[str]:
    return list(given.get("OAUTH2_PROVIDER", {}).get("SCOPES", {}))


def bearer(given: Mapping[str, Any], issuer: str) -> dict[str, Any]:
    """The setting `BEARER` that says what the old packages' settings said. Pure."""
    jwt, knox, oauth = (given.get(name) or {} for name in ("SIMPLE_JWT", "REST_KNOX", "OAUTH2_PROVIDER"))
    audience = jwt.get("AUDIENCE")
    found: dict[str, Any] = {
        "ISSUER": issuer,
        "AUDIENCE": audience if isinstance(audience, str) and audience else f"{issuer.rstrip('/')}/",
    }
    access = _seconds(jwt.get("ACCESS_TOKEN_LIFETIME")) or _seconds(oauth.get("ACCESS_TOKEN_EXPIRE_SECONDS"))
    if access:
        found["ACCESS_TOKEN_LIFETIME"] = min(max(access, 30), 3600)
    renews = knox.get("AUTO_REFRESH")
    longest = (
        _seconds(jwt.get("REFRESH_TOKEN_LIFETIME"))
        or _seconds(knox.get("AUTO_REFRESH_MAX_TTL" if renews else "TOKEN_TTL"))
        or _seconds(oauth.get("REFRESH_TOKEN_EXPIRE_SECONDS"))
    )
    if longest:
        found["SESSION_LIFETIME"] = min(max(longest, 60), 34_560_000)
        idle = _seconds(knox.get("TOKEN_TTL")) if renews else None
        found["SESSION_IDLE_LIFETIME"] = min(idle or longest, found["SESSION_LIFETIME"], 7_776_000)
    if leeway := _seconds(jwt.get("LEEWAY")):
        found["LEEWAY"] = min(leeway, 60)
    if jwt.get("USER_ID_FIELD", "id") not in ("id", "pk"):
        found["USER_ID_FIELD"] = jwt["USER_ID_FIELD"]
    if isinstance(oauth.get("SCOPES"), Mapping):
        found["SCOPES"] = list(oauth["SCOPES"])
    return found


def _seconds(value: Any) -> int | None:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def change_code(changes: Changes, trade: bool) -> Iterator[str]:
    """Rename what has a successor, close the project, and open exactly what anybody may enter today."""
    root = folder()
    given = explicit_settings()
    closing = MIDDLEWARE in given.get("MIDDLEWARE", ())
    routes = [] if closing else _routes()
    opened = open_views.find(routes, root)
    if closing:
        yield "the project is closed already, so that what was open before cannot be seen: no view is decorated"
    names = {**successors.ACCEPT, **(successors.TRADE if trade else {})}
    wanted = {old: why for old, why in opened.foreign.items() if old not in names}
    # One that is closed somewhere is opened by its paths: the class would be open there, too.
    everywhere = set(wanted) - opened.mixed
    loaded = {path: module for module in list(sys.modules.values()) if (path := _file_of(module))}
    wrapped: set[str] = set()
    for path in files(root, PYTHON):
        try:
            before = changes.read(path)
        except Unreadable as error:
            yield _unread(path, root, error)
            continue
        text = codemod.rename(before, names) if _may_have(before, names) else before
        if ".as_view" in text and wanted:
            meant = partial(open_views.named, module=loaded.get(path), wanted=everywhere, known=opened.known)
            text, done = codemod.wrap_views(text, meant)
            wrapped |= done
        changes.put(path, text)
    for path in sorted({target.file for target in opened.targets}):
        reasons = {target.name: target.reason for target in opened.targets if target.file == path}
        text, missing = codemod.decorate(changes.read(path), reasons)
        changes.put(path, text)
        yield from (f"decorate by hand: {name} in {path.name}, since {reasons[name]}" for name in missing)
    cookies = bool((given.get("REST_AUTH") or {}).get("JWT_AUTH_COOKIE"))
    middleware = [COOKIES, MIDDLEWARE] if cookies else [MIDDLEWARE]
    for setting, edit in (("INSTALLED_APPS", _apps), ("MIDDLEWARE", partial(_middleware, first=middleware))):
        path = settings_file(setting)
        changes.put(path, codemod.edit_lists(changes.read(path), {setting: edit}))
    for target in opened.targets:
        yield f"review: {target.file.relative_to(root).as_posix()} {target.name}: {target.reason}"
    named: list[str] = []
    for view, why in sorted(wanted.items()):
        paths, left = ([], []) if view in wrapped else open_views.public_paths(opened.paths[view], routes)
        named += paths
        how = "public() was put around it" if view in wrapped else f"named in PUBLIC_PATHS: {', '.join(paths)}"
        if paths or view in wrapped:
            yield f"review: {view}: {why}; {how}"
        if left:
            yield f"open by hand: {view} at {', '.join(left)}: {why}"
    yield from _name_paths(changes, sorted(set(named)), given)
    yield from (f"decide: {told}" for told in (*opened.review, *_other_logins(given, names)))


def _other_logins(given: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """Authentication classes that the project keeps, of which a closed route knows nothing."""
    for each in (given.get("REST_FRAMEWORK") or {}).get("DEFAULT_AUTHENTICATION_CLASSES", ()):
        name = each if isinstance(each, str) else f"{each.__module__}.{each.__qualname__}"
        if name not in names and name not in KNOWN_LOGINS:
            yield (
                f"{name} in DEFAULT_AUTHENTICATION_CLASSES: a closed route asks for a token of ours, one of a package"
                " that is moved, or a login of Django; so only public views ask this class"
            )


def _name_paths(changes: Changes, paths: list[str], given: Mapping[str, Any]) -> Iterator[str]:
    """Note the paths for the step `settings`, which puts them into `BEARER`."""
    if not paths:
        return
    if "BEARER" in given:
        yield f"BEARER is there: add to its PUBLIC_PATHS {paths}"
        return
    path = settings_file()
    text = codemod.without(changes.read(path), PUBLIC_PATHS, frozenset()) or changes.read(path)
    listed = "".join(f"    {json.dumps(each)},\n" for each in paths)
    changes.put(path, f"{text.rstrip(NEWLINE)}\n\n{PUBLIC_PATHS} = [\n{listed}]\n")


def _may_have(source: str, names: Mapping[str, str]) -> bool:
    return any(old.rpartition(".")[2] in source and old.partition(".")[0] in source for old in names)


def _routes() -> list[Mapping[str, Any]]:
    found = json.loads(auditor().routes_table(project_folder(), loaded_project(), as_json=True))
    routes = [route for route in found["routes"] if route["route"] is not None]
    return asked_permissions.answered(routes) if "rest_framework" in sys.modules else routes


def _apps(held: Sequence[str]) -> tuple[list[str], list[str]]:
    return [], [app for app in APPS if app not in held]


def _middleware(held: Sequence[str], first: Sequence[str] = (MIDDLEWARE,)) -> tuple[list[str], list[str]]:
    return ([] if MIDDLEWARE in held else list(first)), []


def finish_code(changes: Changes) -> Iterator[str]:
    """Take the bridge out of the settings, and name what else speaks of it."""
    root = folder()
    for path in files(root, PYTHON):
        try:
            before = changes.read(path)
        except Unreadable as error:
            yield _unread(path, root, error)
            continue
        if settings.NAME in before or APP in before:
            if "INSTALLED_APPS" in before or settings.NAME in before:
                text = codemod.without(before, settings.NAME, frozenset({APP}))
                changes.put(path, before if text is None else text)
            yield from (
                f"{_where(path, root, number)}: {line} -> use our endpoint, or remove it"
                for number, line in codemod.mentions(changes.read(path), (APP, settings.NAME))
            )


def still_needed(changes: Changes) -> list[str]:
    """Lines of code that need this app after `finish_code`: without it the project would not start."""
    root = folder()
    found = []
    for path in files(root, PYTHON):
        with suppress(Unreadable):
            lines = codemod.mentions(changes.read(path), (APP,), code_only=True)
            found += [f"{_where(path, root, number)}: {line}" for number, line in lines]
    return found


def _where(path: Path, root: Path, number: int) -> str:
    return f"{path.relative_to(root).as_posix()}:{number}"


def _unread(path: Path, root: Path, error: Unreadable) -> str:
    return f"{path.relative_to(root).as_posix()}: not read, as Python itself cannot: {error}"
