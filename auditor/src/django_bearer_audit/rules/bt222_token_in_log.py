"""A token, code or password is written to the log.

Logs are read by more people than the database, kept longer, and sent to other services. Whoever reads one
holds what the user held.

Counts are names of secrets, a random value that becomes one, a link that was built with one, and the whole body of a
request that carries a password. What a server prints goes to its log as well.

Silent on lengths, prefixes, flags and names about a token, on hashes, on the token of an order or payment (it
names the order and opens no account), and outside of code for requests.

Fix: log the user and the token's id, never the token.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import becomes
from django_bearer_audit.project.effects.value import Kind, Source
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.words import has_word, is_made_up, is_password, is_secret
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT222"
TITLE = "Token in a log"
CWE = "CWE-532"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "log"})
_LOGGERS = ("logger", "log", "logging", "LOG", "LOGGER", "_logger")
_TRADE = ("checkout", "order", "cart", "basket", "payment", "transaction")
_WORDS = ("request", "rest_framework", "authenticate", "jwt", "otp", "token")
_FEW = 3
"""Parts of what is logged; what is made of more is no code any more, as far as one can see."""
_LINKS = ("verification", "verify", "reset", "activation", "activate", "confirm", "confirmation", "magic")
_CODES = ("otp", "totp", "pin", "passcode", "2fa", "mfa", "factor")
_BODIES = frozenset({"data", "POST", "body", "validated_data", "cleaned_data"})


def check(project: Project) -> Iterator[Hit]:
    told: set[tuple[str, int]] = set()
    for hit in _by_name(project):
        told.add((hit.where.path, hit.where.line_start))
        yield hit
    for where in in_views(project, ID, _logged):
        place = Place(*where)
        if (place.path, place.line_start) not in told:
            told.add((place.path, place.line_start))
            yield Hit(
                where=place,
                message="A code that was just made, and is stored or sent as a secret, is written to the log.",
                attack="Whoever reads the log, or the service it is sent to, uses the code himself.",
                fix='logger.info("code sent to user %s", user.pk)',
            )


def _logged(endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    """What is logged is the same random value that becomes a secret, whatever its name."""
    made = {
        source
        for effect in effects
        if effect.act is not Act.LOGS and becomes(effect) is not None
        for source in effect.value.of(Kind.WEAK, Kind.CHANCE)
    }
    for effect in effects:
        told = effect.value.sources - effect.value.of(Kind.CONSTANT)
        plain = not effect.value.done and not effect.value.of(Kind.UNKNOWN, Kind.STORED) and len(told) <= _FEW
        if effect.act is Act.LOGS and plain and (told & made or _says_code(effect)):
            yield written(effect.where)
        if effect.act is Act.LOGS and any(map(_is_kept_code, effect.value.of(Kind.STORED))):
            yield written(effect.where)


def _says_code(effect: Effect) -> bool:
    """A random value, and the message calls it a code."""
    texts = [source.name for source in effect.value.of(Kind.CONSTANT)]
    return bool(effect.value.of(Kind.WEAK, Kind.CHANCE)) and any(has_word(text, *_CODES) for text in texts)


def _is_kept_code(source: Source) -> bool:
    """The code of a row that was made for one: `TwoFactorCode.code`, `PasswordReset.otp`."""
    return has_word(source.name, *_CODES) or (source.name == "code" and has_word(source.part, *_CODES, *_LINKS))


@modules_with(*_WORDS)
def _by_name(project: Project, module: Module) -> Iterator[Hit]:
    if is_made_up(module.path) or "/management/" in module.path:
        return
    for call in module.nodes(ast.Call):
        name = next(_secrets(project, module, call), None) if call.args else None
        if name and _writes(project, module, call):
            yield Hit(
                where=module.place(call),
                message=f"{name} is written to the log as it is.",
                attack="Whoever reads the log, or the service it is sent to, uses the token himself.",
                fix='logger.info("token renewed for user %s", user.pk)',
                severity=Severity.LOW if _is_quiet(call) else None,
            )


def _writes(project: Project, module: Module, call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="print"):  # what a server prints goes to its log; what a command prints is an answer
            function = module.function_around(call)
            if function is None or "__main__" in module.text:
                return False
            return bool(re.search(r"\brequest\b", ast.unparse(function))) or _in_app(project, module)
        case ast.Attribute(value=ast.Name(id=logger) | ast.Attribute(attr=logger), attr=level):
            return level in _LEVELS and logger in _LOGGERS
        case _:
            return False


def _in_app(project: Project, module: Module) -> bool:
    """Beside or below the models or views of an app: code that a server runs."""
    folder = module.path.rpartition("/")[0]
    above = [folder, folder.rpartition("/")[0]]
    return any(f"{each}/{name}.py" in project.python.paths for each in above for name in ("models", "views", "apps"))


def _is_quiet(call: ast.Call) -> bool:
    """Debug messages are off in most installations."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "debug"


def _secrets(project: Project, module: Module, call: ast.Call) -> Iterator[str]:
    """Names of secrets among what is written, alone, in a formatted text or after a `%`."""
    function = module.function_around(call)
    waiting: list[ast.AST] = list(call.args)
    while waiting:
        match waiting.pop():
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner)) if has_word(owner, *_TRADE):
                pass
            case ast.Attribute(value=ast.Name(id="request"), attr="META" | "headers" | "COOKIES" as whole):
                yield f"request.{whole}"
            case ast.Attribute(attr=place) as body if place in _BODIES:
                if function is not None and _is_body(body) and _takes_password(function):
                    yield ast.unparse(body)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if (is_secret(name) or is_password(name)) and not name.isupper() and not has_word(name, "masked"):
                    yield name
                elif function is not None:
                    stored = project.functions.stored(module, function, name)
                    yield from (name for value in stored if _holds_secret(name, value, function))
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if is_password(name):
                yield f"{ast.unparse(value)}[{name!r}]"
            case ast.JoinedStr(values=values) | ast.Tuple(elts=values):
                waiting += values
            case ast.FormattedValue(value=value):
                waiting.append(value)
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case (
                ast.Call(func=ast.Attribute(attr="format"), args=values)
                | ast.Call(func=ast.Name(id="str" | "repr"), args=values)
            ):
                waiting += values
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="now"), args=[]) if function is not None:
                made = project.functions.stored(module, function, name)
                yield from (f"{name}.now()" for value in made if "TOTP(" in ast.unparse(value))
            case _:
                pass


def _holds_secret(name: str, value: ast.expr, function: Function) -> bool:
    """`reset_link = f"…/{token}"`, or `data = request.data` where a password is sent."""
    if has_word(name, *_LINKS) and has_word(name, "link", "url", "uri"):
        return any(is_secret(each.id) for each in walk(value) if isinstance(each, ast.Name))
    return isinstance(value, ast.Attribute) and _is_body(value) and _takes_password(function)


def _is_body(node: ast.Attribute) -> bool:
    """The whole of what was sent."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=place) if place in _BODIES:
            return owner in {"request", "serializer", "form"}
        case _:
            return False


def _takes_password(function: Function) -> bool:
    names = {node.value for node in walk(function) if isinstance(node, ast.Constant) and type(node.value) is str}
    asked = any(len(name) < 40 and " " not in name and is_password(name) for name in names)
    return asked or has_word(function.name, "login", "register", "signup", "signin", "password")
