"""A link that is sent around holds a token that logs its reader in.

The server builds `…?token=…` and another view answers whoever brings that token with a session or with
JWTs. Mail scanners, proxies and histories keep the link; each of them can log in with it.

Reported when the value in the link is an access token, or when the field it comes from is looked up in a
function that issues tokens or logs in. A link that only verifies an address or opens a form for a new
password is silent.

Fix: let the link prove the address and nothing more; log in by password afterwards. Put the value behind
`#`, which no server sees, make it work once and end within minutes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.token_names import is_token
from django_bearer_audit.project.token_values import said_name, stored, unwrapped
from django_bearer_audit.project.walking import walk

ID = "BT207"
TITLE = "Link logs its reader in"
CWE = "CWE-598"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR
COVERS = ("BT221",)

_LOG_IN = ("any", "for_user", "login(", "get_or_create", "jwt.encode")
_QUERY = re.compile(r"[?&][\w.-]*(?:token|jwt|key|code)[\w.-]*=$", re.I)
_BUILDS = re.compile(r"[?&][\w.-]*(?:token|jwt|key|code)[\w.-]*=\{", re.I)
_ISSUES = re.compile(
    r"\.for_user\(|\blogin\(\s*(?:self\.)?request|Token\.objects\.(?:create|get_or_create)\(|jwt\.encode\("
)
_ACCESS = re.compile(r"^(?:jwt|jwt_token|access|access_token|auth_token|refresh_token|refresh|bearer_token)$", re.I)


def check(project: Project) -> Iterator[Hit]:
    looked_up: frozenset[str] | None = None
    for module in project.python.with_words("token=", "jwt=", "key=", "code="):
        if not _BUILDS.search(module.text):
            continue
        for node in module.nodes(ast.JoinedStr):
            value = _in_query(node)
            if value is None:
                continue
            if looked_up is None:
                looked_up = frozenset(project.from_modules(f"{ID} fields", _LOG_IN, _fields_that_log_in))
            fields = _fields(module, value)
            if any(_ACCESS.match(field) for field in fields) or looked_up & fields:
                yield Hit(
                    where=module.place(node),
                    message=f"{ast.unparse(value)} goes into the query of a link, and whoever brings it "
                    "is logged in.",
                    attack="A mail scanner, a proxy log or a browser history holds a working login.",
                    fix='link = f"{base}/verify#token={token}"  # works once, proves the address, logs nobody in',
                )


def _in_query(node: ast.JoinedStr) -> ast.expr | None:
    for before, part in zip(node.values, node.values[1:], strict=False):
        if (
            isinstance(part, ast.FormattedValue)
            and isinstance(before, ast.Constant)
            and _QUERY.search(str(before.value))
        ):
            return part.value
    return None


def _fields(module: Module, value: ast.expr) -> frozenset[str]:
    """The names the value goes by: its own, and that of what was stored in it."""
    inner = unwrapped(value)
    names = {said_name(inner)}
    if isinstance(inner, ast.Name):
        names |= {said_name(unwrapped(each)) for each in stored(module, inner)}
    return frozenset(names - {""})


def _fields_that_log_in(module: Module) -> Iterator[str]:
    """Fields by which a function finds the user that it then issues tokens for."""
    for function in (*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)):
        text = "\n".join(module.text.splitlines()[function.lineno - 1 : function.end_lineno])
        if _ISSUES.search(text):
            yield from _asked_for(function)


def _asked_for(function: ast.AST) -> Iterator[str]:
    """Token fields a function looks a user up by, or compares."""
    for node in walk(function):
        if isinstance(node, ast.Call) and said_name(node.func) in {"get", "filter", "get_object_or_404"}:
            yield from (keyword.arg for keyword in node.keywords if keyword.arg and is_token(keyword.arg))
        elif isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                said = said_name(unwrapped(side))
                if isinstance(unwrapped(side), ast.Attribute) and is_token(said):
                    yield said
