"""A token, key or code comes from the `random` module.

`random` is a Mersenne Twister made for simulations: after some outputs its state, and with it every later
one, can be computed. `secrets` and `get_random_string` ask the operating system instead. The rule follows the
value from the call to a name, field, cookie or function that says it is a secret, through the functions of
the project.

Silent where what is made is no secret (colours, names, samples), on `random.SystemRandom`, and in files that
make up data for demonstrations.

Fix: `secrets.token_urlsafe(32)` for tokens; `secrets.randbelow` for codes, with a limit on tries.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import becomes
from django_bearer_audit.project.effects.value import Kind
from django_bearer_audit.project.effects_of import in_module, in_views
from django_bearer_audit.project.flow.destinations import Destination
from django_bearer_audit.project.flow.origins import WEAK_CALLS
from django_bearer_audit.project.flow.words import is_made_up, is_password, is_secret
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module

ID = "BT101"
TITLE = "Token from the random module"
CWE = "CWE-330"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_CODE = re.compile(r"OTP|Otp|TwoFactor|Verif|Passcode|PasswordReset|ResetPassword|ResetCode|Activation|LoginCode")
_BROAD = frozenset({"randint", "randrange", "getrandbits", "randbytes"})


@modules_with("random")
def check(project: Project, module: Module) -> Iterator[Hit]:
    told: set[ast.AST | None] = set()
    for call in () if is_made_up(module.path) else module.nodes(ast.Call):
        function = module.function_around(call)
        qualname = project.qualname(module, call.func) or ""
        if qualname in WEAK_CALLS and (function is None or function not in told):
            goes = next((d for d in project.destinations(module, call) if _is_secret(d)), None)
            if goes is not None:
                told.add(function)
                yield _hit(module, call, qualname, goes)
    if not is_made_up(module.path):
        yield from _by_use(project, module, told)


def _by_use(project: Project, module: Module, told: set[ast.AST | None]) -> Iterator[Hit]:
    """What is mailed, compared, looked up or put into a cookie, whatever it is called and through whatever helper."""
    for effect in in_module(project, module, lambda value: bool(value.of(Kind.WEAK))):
        use = becomes(effect) or _tried_later(project, effect)
        for source in sorted(effect.value.of(Kind.WEAK) if use else ()):
            calls = (c for c in module.nodes(ast.Call) if module.place(c) == source.where)
            call = next(calls, None) if source.where.path == module.path else None
            function = module.function_around(call) if call is not None else None
            if call is not None and function not in told:
                told.add(function)
                yield _told(module, call, source.name, use or "", effect.where)


def _tried_later(project: Project, effect: Effect) -> str | None:
    """A number in a column that some view holds against what it is sent."""
    if effect.act is not Act.STORES or effect.by != "column" or not effect.value.of(Kind.WEAK):
        return None
    return next((name for name in in_views(project, ID, _tried) if name == effect.name), None)


def _tried(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[str]:
    """The columns that decide whether somebody is logged in, or gets a token."""
    if any(effect.act is Act.ISSUES for effect in effects):
        for effect in effects:
            if effect.act is Act.CHECKS and effect.by == "==" and effect.value.of(Kind.REQUEST):
                yield from sorted(source.name for source in effect.other.of(Kind.STORED))


def _is_secret(destination: Destination) -> bool:
    if destination.how == "argument":
        return destination.name in {"set_password", "make_password"}
    return is_secret(destination.name) or is_password(destination.name) or _is_key_of_token(destination)


def _is_key_of_token(destination: Destination) -> bool:
    """`self.key = …` in a class that is a token by its name."""
    if destination.how != "attribute" or destination.name not in {"key", "code", "value"}:
        return False
    around = destination.module.enclosing(destination.node)
    named = [scope.name for scope in around if isinstance(scope, ast.ClassDef)]
    return any(is_secret(name) or _CODE.search(name) for name in named)


def _hit(module: Module, call: ast.Call, qualname: str, goes: Destination) -> Hit:
    return _told(module, call, qualname, goes.name or "a secret", goes.module.place(goes.node))


def _told(module: Module, call: ast.Call, qualname: str, what: str, place: Place) -> Hit:
    broad = qualname.rpartition(".")[2] in _BROAD
    return Hit(
        where=module.place(call),
        message=f"{qualname}() makes {what} ({place}).",
        attack="From a few values an attacker computes the generator's state and all later tokens.",
        fix="import secrets\nsecrets.randbelow(10**6)  # a code, with a limit on tries"
        if broad
        else "import secrets\nsecrets.token_urlsafe(32)",
        related=(place,) if place != module.place(call) else (),
    )
