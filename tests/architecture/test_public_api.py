"""Every public name has a docstring that says all: parameters, units, result, errors, and the standard behind it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import griffe
import pytest

import django_bearer
from django_bearer import errors, functions
from django_bearer.integrations import drf, ninja
from django_bearer.integrations.otel import names
from tools import api_pages
from tools.support import annotation_rules, docstring_rules, public_api, raised_errors
from tools.support.error_classes import error_classes

ROOT = Path(__file__).parents[2]
SERVER_FAULTS = {"ConfigurationError", "InvalidKey", "KeyDecryptionFailed"}
"""Faults of the server's settings and keys: the page says once that every function may meet them."""
LOGGERS = {"django_bearer.debug", "django_bearer.security", "django_bearer.database.prepared_reads"}
SPAN_ATTRIBUTES = ("code", "outcome", "credential")
NOT_RAISED = {
    ("refresh_session", "InvalidScope"): "it asks for no scope",
    ("refresh_session", "InvalidCredentials"): "a session whose user is gone or inactive has ended",
    ("refresh_session", "LoginUnavailable"): "a second step is asked for at a login by password",
    ("issue_session", "LoginUnavailable"): "a second step is asked for at a login by password",
    ("issue_api_token", "LoginUnavailable"): "a second step is asked for at a login by password",
    ("revoke_token", "InvalidToken"): "it returns False for a token that is refused",
    ("pending_login", "InvalidToken"): "it looks at no access token",
    ("complete_login", "InvalidToken"): "it looks at no access token",
    ("step_up_session", "InvalidScope"): "it asks for no scope",
    ("create_handover", "LoginUnavailable"): "a second step is asked for at a login by password",
    ("create_handover", "UnknownClient"): "a client that is not there is one that the settings do not allow",
    ("begin_handover", "InvalidToken"): "a handover whose login has ended is over",
    ("redeem_handover", "InvalidToken"): "a handover whose login has ended is over",
    ("redeem_handover", "InvalidCredentials"): "a handover whose user is gone or inactive is over",
    ("redeem_handover", "InvalidScope"): "it asks for no scope",
    ("redeem_handover", "InvalidTarget"): "it asks for no audience",
    ("redeem_handover", "LoginUnavailable"): "a second step is asked for at a login by password",
    ("step_up_session", "UnknownClient"): "a session whose client is gone is over",
}
"""What the source seems to raise and does not, with the reason."""
ANSWERED = {
    "integrations.django.bearer_required",
    "integrations.django.check_revocation_in_database",
    "integrations.django.step_up_required",
    "integrations.drf.BearerAuthentication.authenticate",
    "integrations.drf.step_up_required",
    *(f"integrations.allauth.account_hooks.BearerAccounts.{name}" for name in ("login", "logout")),
    "integrations.allauth.mfa_hooks.BearerFactors.get_public_key_credential_rp_entity",
    *(
        f"integrations.allauth.strategy.BearerTokenStrategy.{name}"
        for name in ("get_session_token", "create_session_token", "create_access_token_payload")
    ),
}
"""What turns a refusal into a response, or into an exception of its framework, so that nobody meets ours.

allauth calls its hooks within our views."""
OTHER_ERRORS = {"ValueError", "APIException", "Session.DoesNotExist"}
EXPLAINED_ELSEWHERE = {"django_bearer.events.EventKind"}
"""An enumeration whose members have a row each in docs/reference/events.md, which another test compares."""


@cache
def package() -> Any:
    return griffe.load("django_bearer", search_paths=[ROOT / "library" / "src"], docstring_parser="google")


def found(name: str) -> Any:
    item = package()[name.removeprefix("django_bearer.")]
    return item.final_target if item.is_alias else item


def documented() -> Iterator[tuple[str, Any]]:
    """Every public name with what it stands for, and the public methods of the classes."""
    for part in public_api.PARTS:
        for name in part.full_names():
            item = found(name)
            yield name, item
            if item.is_class and part.members:
                for method in item.members.values():
                    if method.is_function and not method.name.startswith("_") and "setter" not in method.labels:
                        yield f"{name}.{method.name}", method


def derived(name: str, item: Any) -> set[str]:
    """The errors that the source says it raises, but for those that are said elsewhere."""
    short = name.removeprefix("django_bearer.")
    if not item.is_function or short in ANSWERED or short.startswith("testing."):
        return set()
    raised = set(raised_errors.raised(item.canonical_path)) - SERVER_FAULTS
    return {error for error in raised if (short, error) not in NOT_RAISED}


DOCUMENTED = dict(documented())


@pytest.mark.parametrize("name", DOCUMENTED)
def test_docstring_says_all(name: str) -> None:
    item = DOCUMENTED[name]
    refusal = name.startswith("django_bearer.errors.") and issubclass(
        getattr(errors, name.rpartition(".")[2]), errors.HTTPRefusal
    )
    standard = name in public_api.FROM_STANDARDS or refusal
    faults = docstring_rules.faults(item, raised=derived(name, item), from_standard=standard)
    if name in EXPLAINED_ELSEWHERE:
        faults = [fault for fault in faults if "attribute" not in fault]
    assert faults == [], name


def exports(module: Any) -> Iterator[tuple[str, Any]]:
    """What the `__all__` of a module and of those within it names."""
    for name in (one for one in module.exports or () if isinstance(one, str)):
        item = module[name]
        yield f"{module.path}.{name}", item.final_target if item.is_alias else item
    for inner in module.members.values():
        if not inner.is_alias and inner.is_module:
            yield from exports(inner)


def test_every_public_name_says_its_types() -> None:
    """Also the names that a module exports and the reference does not list, and those of the Python client."""
    client = griffe.load("django_bearer_client", search_paths=[ROOT / "client-python" / "src"])
    names = {
        **{name: found(name) for name in public_api.names()},
        **dict(exports(package())),
        **dict(exports(client)),
    }
    assert len(names) > 300
    assert [fault for item in names.values() for fault in annotation_rules.faults(item)] == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_error_that_a_docstring_names_exists(name: str) -> None:
    for error in docstring_rules.named_errors(DOCUMENTED[name]):
        assert error in OTHER_ERRORS or issubclass(getattr(errors, error), errors.BearerError), error


def test_what_is_said_not_to_be_raised_seems_to_be() -> None:
    for name, error in NOT_RAISED:
        assert error in raised_errors.raised(found(f"django_bearer.{name}").canonical_path), (name, error)


def test_every_export_is_listed() -> None:
    listed = {*public_api.names(), *public_api.ALSO}
    exported = {f"django_bearer.{name}" for name in django_bearer.__all__ if name != "__version__"}
    assert exported <= listed
    assert {f"django_bearer.{name}" for name in functions.__all__} <= listed
    assert {f"django_bearer.integrations.drf.{name}" for name in drf.__all__} <= listed
    assert {f"django_bearer.integrations.ninja.{name}" for name in ninja.__all__} <= listed
    assert {error.__name__ for error in error_classes()} <= {name.rpartition(".")[2] for name in listed}


def test_every_listed_name_is_once_in_the_list_and_can_be_imported() -> None:
    assert len(public_api.names()) == len(set(public_api.names())) > 100
    assert set(public_api.names()) >= public_api.FROM_STANDARDS
    for name in (*public_api.names(), *public_api.ALSO):
        assert found(name).docstring or found(name).is_attribute, name
    for name, first in public_api.ALSO.items():
        assert found(name) is found(first)


def test_every_class_and_module_that_settings_and_urls_name_is_listed() -> None:
    """What is named by its path and never imported by the package itself."""
    listed = set(public_api.names())
    views = {
        f"django_bearer.integrations.drf.views.{name}"
        for name, found in package()["integrations.drf.views"].members.items()
        if name.endswith("View") and not found.is_alias and name != "EndpointView"
    }
    admins = {f"django_bearer.admin.{name}" for name in package()["admin"].members if name.endswith("Admin")}
    urls = {
        module.canonical_path
        for parent in ("urls", "integrations.drf")
        for module in (package()[parent], *package()[parent].modules.values())
        if "urlpatterns" in module.members
    }
    assert len(views) > 10
    assert len(admins) > 5
    assert len(urls) > 4
    assert views | admins | urls <= listed


def test_every_name_that_a_page_imports_is_listed() -> None:
    """A name in a page's code is one that its readers depend on."""
    docs = ROOT / "docs"
    pages = [
        ROOT / "README.md",
        *(page for part in ("tutorial", "guide", "reference", "explain") for page in (docs / part).glob("*.md")),
    ]
    imported = {name for page in pages for name in imports(page.read_text())}
    assert len(imported) > 10
    assert imported <= {*public_api.names(), *public_api.ALSO, "django_bearer.errors", "django_bearer.http.csp"}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("[gret]*/*.md")), ids=lambda page: page.stem)
def test_every_path_that_a_page_names_is_listed(page: Path) -> None:
    """Paths in code, such as those of settings: they lead to a public name, a module of some, or a logger."""
    listed = {*public_api.names(), *public_api.ALSO}
    modules = {name[:cut] for name in listed for cut in range(len(name)) if name[cut] == "."}
    code = re.findall(r"`[^`\n]+`|^```.*?^```", page.read_text(), re.MULTILINE | re.DOTALL)
    named = {path for text in code for path in re.findall(r"(?<![\w/.-])django_bearer(?:\.\w+)+(?![\w/(])", text)}
    printed = {path for path in named if path.startswith("django_bearer.endpoints.")}  # as a command names a view
    measured = {f"{names.PREFIX}.{name}" for name in (*(metric.name for metric in names.METRICS), *SPAN_ATTRIBUTES)}
    assert named - listed - modules - printed - measured - LOGGERS == set()


def imports(page: str) -> Iterator[str]:
    """The names of the package that the Python code of a page imports."""
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^\s*(from django_bearer(?:\.[\w.]+)? import \w[^\n]*)$", code, re.MULTILINE):
            [node] = ast.parse(line.strip()).body
            assert isinstance(node, ast.ImportFrom)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_page_of_the_reference_is_made_from_the_list() -> None:
    assert api_pages.PAGE.read_text() == api_pages.text(), "run python tools/api_pages.py"


GOOD = '''
def f(seconds: int, *names: str) -> str:
    """Wait.

    Args:
        seconds: How long, in seconds.
        *names: For whom.

    Returns:
        A word.

    Raises:
        InvalidToken: Always.

    Source:
        RFC 6750 section 3.1.
    """
'''


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("", "", None),
        ("        *names: For whom.\n", "", "does not name the parameter *names"),
        ("*names: For", "others: For", "names a parameter others that there is not"),
        (", in seconds", "", "does not say what the number seconds counts"),
        ("    Returns:\n        A word.\n\n", "", "does not say what it returns"),
        ("-> str", "-> None", "says what it returns, and returns nothing"),
        ("    Raises:\n        InvalidToken: Always.\n\n", "", "does not name the error InvalidToken"),
        ("InvalidToken: Always", "InvalidRequest: Always", "does not name the error InvalidToken"),
        ("RFC 6750 section 3.1", "The standard", "names no standard in a section Source"),
        ("Wait.", "Wait", "does not begin with a sentence"),
        ("seconds: int", "seconds: dict[str, str]", "does not say what seconds holds"),
        ('"""Wait.', '"""', "has no docstring"),
    ],
)
def test_rules_find_what_is_missing(before: str, after: str, fault: str | None) -> None:
    code = GOOD.replace(before, after)
    if fault == "has no docstring":
        code = "def f() -> None: ...\n"
    with griffe.temporary_visited_module(code) as module:
        found = docstring_rules.faults(module["f"], raised=["InvalidToken"], from_standard=True)
    assert (fault in found) if fault else (found == [])


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ("at: When, in seconds.\n        user: Who.", None),
        ("at: When, in seconds.", "does not name the attribute user"),
        ("at: When, in seconds.\n        user: Who.\n        no: One.", "names an attribute no that there is not"),
        ("at: When.\n        user: Who.", "does not say what the number at counts"),
    ],
)
def test_rules_find_what_a_class_does_not_say(attributes: str, fault: str | None) -> None:
    code = f'''
from dataclasses import dataclass


@dataclass
class Event:
    """One event.

    Attributes:
        {attributes}
    """

    at: int
    user: str
'''
    with griffe.temporary_visited_module(code) as module:
        assert docstring_rules.faults(module["Event"]) == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("name", "error", "is_raised"),
    [
        ("django_bearer.functions.decode_token", "InvalidToken", True),  # by what it calls
        ("django_bearer.functions.is_token_revoked", "InvalidToken", False),  # which it catches
        ("django_bearer.functions.refresh_session", "SessionEnded", True),  # through a Failure
        ("django_bearer.functions.issue_session", "InvalidTarget", True),  # two modules away
        ("django_bearer.functions.check_rate_limit", "SessionEnded", False),
    ],
)
def test_raised_errors_are_read_off_the_source(name: str, error: str, is_raised: bool) -> None:
    assert (error in raised_errors.raised(name)) is is_raised
