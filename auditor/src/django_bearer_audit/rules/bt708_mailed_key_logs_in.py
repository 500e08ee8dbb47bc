"""A key that was mailed once logs in, again and again.

An activation or verification key shows that an address is read, at that time. When it also opens the
account and is not used up, it is a password without an end that lies in a mailbox, in server logs and in
the browser's history.

An access or refresh token that is mailed is worse: it opens the whole API until it expires, and works again and
again. The same holds for a token that is signed in the same way as the one that a login hands out.

Silent when the key is cleared, replaced, marked as used or deleted, and when its age is checked before a
login backend accepts it.

Fix: use it up in the same step, and ask for the login afterwards.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.knowledge import TOKEN_MODELS
from django_bearer_audit.project.effects.meaning import Secret, sent, tried
from django_bearer_audit.project.effects.value import How, Kind, Value
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.logins import issued
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word, is_secret
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT708"
TITLE = "Mailed key logs in"
CWE = "CWE-287"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_MAILED = (
    "activation",
    "activate",
    "verification",
    "verify",
    "confirmation",
    "confirm",
    "email",
    "magic",
    "reset",
)
_ACCESS = re.compile(
    r"(^|\.)(RefreshToken|AccessToken|SlidingToken)\.for_user$|TokenObtain\w*\.get_token$|AuthToken\.create$"
)
_LINK = re.compile(r"[?&][\w.-]*(token|jwt|key|code)[\w.-]*=[{%]")
"""A link that another rule reads."""
_FIX = 'user.verification_token = None\nuser.save(update_fields=["verification_token"])'


def check(project: Project) -> Iterator[Hit]:
    yield from _by_keys(project)
    given = in_views(project, f"{ID} logins", _at_login, safe=False)
    logins = {(Place(*where), tuple(made_of)) for where, made_of in given}
    told: set[Place] = set()
    for where, signed in in_views(project, f"{ID} mails", _mailed, safe=False):
        place = Place(*where)
        same = any((Place(*at), tuple(made_of)) in logins for at, made_of in signed)
        if (same or not signed) and place not in told and not _in_query(project, place):
            told.add(place)
            yield Hit(
                where=place,
                message="What is mailed is the token that a login hands out: it opens the whole account.",
                attack="Whoever reads the mail, a log or the history later uses the API as its owner.",
                fix="token = default_token_generator.make_token(user)  # good for one thing, and once",
                severity=Severity.MEDIUM,
            )


def _at_login(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """Where and of what the tokens are signed that are given for a password."""
    if any(tried(effect) is Secret.PASSWORD for effect in effects):
        for effect in effects:
            if effect.act in {Act.RETURNS, Act.COOKIE}:
                yield from _signed(effect.value)


def _mailed(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """Messages with a token in them: of an account, or signed here, which logins may do in the same place."""
    issued_at = {effect.where for effect in effects if effect.act is Act.ISSUES and _ACCESS.search(effect.by)}
    for effect in effects:
        if effect.act is Act.SENDS:
            signed = list(_signed(effect.value))
            row = any(TOKEN_MODELS.search(source.part) for source in effect.value.of(Kind.STORED))
            access = row or any(Place(*where) in issued_at for where, _ in signed)
            if access or signed:
                yield [written(effect.where), [] if access else signed]
                return


def _signed(value: Value) -> Iterator[list[Any]]:
    for done in sorted(value.done):
        if done.how is How.SIGNED and done.where.path:
            constants = sorted({source.name for source in done.of if source.kind is Kind.CONSTANT})
            yield [written(done.where), constants]


def _in_query(project: Project, place: Place) -> bool:
    module = project.python.module(place.path)
    functions = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)] if module else []
    around = [each for each in functions if each.lineno <= place.line_start <= (each.end_lineno or 0)]
    lines = module.text.splitlines() if module else []
    return any(_LINK.search("\n".join(lines[each.lineno - 1 : each.end_lineno])) for each in around)


@modules_with("authenticate", "for_user", "login(")
def _by_keys(project: Project, module: Module) -> Iterator[Hit]:
    told: set[ast.AST] = set()
    for function in module.nodes(ast.FunctionDef):
        where = _backend(project, module, function) or _view(project, module, function)
        if where is not None and not _used_up(function):
            told.add(function)
            yield Hit(
                where=module.place(where),
                message="The key that was mailed is all it takes, and it is not used up.",
                attack="Whoever reads the mail, a log or the history later is logged in as its owner.",
                fix=_FIX,
            )
    yield from _by_links(project, module, told)


def _by_links(project: Project, module: Module, told: set[ast.AST]) -> Iterator[Hit]:
    """A view that looks a row up by a secret of the address and hands out a login, by whatever names."""
    here = [e for e in project.routes.table.endpoints if e.handler is not None and e.handler.code.path == module.path]
    for function in module.nodes(ast.FunctionDef) if here else ():
        spot = module.spot(function)
        for endpoint in () if function in told else (e for e in here if e.handler and e.handler.code == spot):
            found = project.routes.says(endpoint, f"{ID} links", partial(_by_link, project))
            if not found or _used_up(function):
                continue
            name, at, proved = found
            login = Place(*at)
            if not proved:
                yield Hit(
                    where=login if login.path == module.path else module.place(function),
                    message=f"The link with {name} is all it takes, and it is not used up.",
                    attack="Whoever reads the mail, a log or the history later is logged in as its owner.",
                    fix=_FIX,
                )
            break


def _by_link(project: Project, endpoint: Endpoint) -> list[Any]:
    """By which column of the address it logs in, where, and whether a password or a code is asked for besides."""
    effects = project.routes.effects_of(endpoint)
    asked = next((e for e in effects if _asks_by_link(e)), None)
    after = effects[effects.index(asked) :] if asked else ()
    login = next((e for e in after if e.act is Act.ISSUES and e.name in {"session", "token", "row", "signed"}), None)
    if asked is None or login is None or _used_up_by(after, asked):
        return []
    proved = any(tried(e) in {Secret.PASSWORD, Secret.CODE} for e in effects)
    return [asked.name, written(login.where), proved]


def _asks_by_link(effect: Effect) -> bool:
    parts = {source.part for source in sent(effect.value)}
    return effect.act is Act.LOOKS_UP and bool(parts & {"path", "GET", "query_params"}) and is_secret(effect.name)


def _used_up_by(effects: tuple[Effect, ...], asked: Effect) -> bool:
    """The column is written again, or the row is deleted."""
    return any((e.act is Act.STORES and e.name == asked.name) or e.by == "delete" for e in effects)


def _backend(project: Project, module: Module, function: Function) -> ast.AST | None:
    """`authenticate(self, request, activation_key)` that looks up nothing else."""
    owner = module.parents.get(function)
    if function.name != "authenticate" or not isinstance(owner, ast.ClassDef):
        return None
    if "Authentication" in owner.name or any(w in ast.unparse(function) for w in ("timedelta", "expire", "now()")):
        return None
    for call in (node for node in walk(function) if isinstance(node, ast.Call)):
        asked = [k.arg for k in call.keywords if k.arg]
        is_query = isinstance(call.func, ast.Attribute) and call.func.attr in {"get", "filter"}
        if is_query and any(is_secret(name) and has_word(name, *_MAILED) for name in asked):
            return call
    return None


def _view(project: Project, module: Module, function: Function) -> ast.AST | None:
    """A view that compares a mailed key from the address and hands out a login."""
    login = next((call for call, _ in issued(project.imports, module, function)), None)
    if login is None:
        return None
    for node in walk(function):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                if _is_mailed(project, module, left, right) or _is_mailed(project, module, right, left):
                    return login
            case ast.Call(func=ast.Attribute(attr="get" | "filter")):
                for keyword in node.keywords:
                    mailed = is_secret(keyword.arg) and has_word(keyword.arg, *_MAILED)
                    if mailed and sent_by_caller(project.functions, module, keyword.value):
                        return login
            case _:
                pass
    return None


def _is_mailed(project: Project, module: Module, column: ast.expr, sent: ast.expr) -> bool:
    inner = column.args[0] if isinstance(column, ast.Call) and column.args else column
    name = inner.attr if isinstance(inner, ast.Attribute) else ""
    mailed = is_secret(name) and has_word(name, *_MAILED)
    return mailed and sent_by_caller(project.functions, module, sent) is not None


def _used_up(function: Function) -> bool:
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr=name)]) if is_secret(name) or has_word(name, "used"):
                return True
            case ast.keyword(arg=str(name)) if has_word(name, "used", "consumed"):
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr="delete" | "update")):
                text = ast.unparse(owner)
                if is_secret(text.rpartition(".")[2]) or has_word(text, "token", "tokens", "code", "otp", "key"):
                    return True
            case ast.Call(func=ast.Attribute(attr=name)) if has_word(name, "consume", "invalidate", "clear"):
                return True
            case _:
                pass
    return False
