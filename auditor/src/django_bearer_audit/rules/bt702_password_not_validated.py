"""A password from a request is set without being validated.

AUTH_PASSWORD_VALIDATORS work in Django's own forms and commands only. A view or serializer that calls
`set_password` or `create_user` itself accepts "1", unless it calls `validate_password`.

Silent when the function, its class, its caller, or a serializer or form that it uses validates. Django's
validators count, zxcvbn, a validator on the password field, and a rule of one's own that asks for more than a
length. Silent on passwords that no caller sent. Forms of the admin, by which staff set the passwords of others,
are shown to the pedantic persona.

Fix: `validate_password(password, user)` before, or `validators=[validate_password]` on the field.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.admin_forms import in_admin_form
from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.meaning import sets_sent_password
from django_bearer_audit.project.effects.value import How
from django_bearer_audit.project.effects_of import in_views, written
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import is_made_up, is_password
from django_bearer_audit.project.imports import Definition
from django_bearer_audit.project.routes.facts import Endpoint
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import walk

ID = "BT702"
TITLE = "Password not validated"
CWE = "CWE-521"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_VALIDATES = (
    *("validate_password", "password_validation", "zxcvbn", "password_validators"),
    *("password_strength", "strong_password", "passwordvalidator", "check_strength", "validate_new_password"),
    *("is_valid_password", "password_policy", "pwned", "password_regex"),
)
_FORMS = ("setpasswordform", "usercreationform")

_NAMED = re.compile(r"\b(def|class) \w+")
_OWN_RULE = re.compile(r"(validate|clean|check)_\w*(password|pass)")
_ASKS_MORE = re.compile(r"\bre\.|regex|isdigit|isupper|islower|isalpha|isalnum|isnumeric|common|any\(|all\(")
_MAKERS = frozenset({"create_user", "_create_user", "create_superuser", "set_password", "make_password"})


def check(project: Project) -> Iterator[Hit]:
    views = _by_views(project)
    for module in project.python.with_words("set_password(", "create_user(", "create_superuser(", "make_password("):
        for hit in _by_calls(project, module):
            if not _settled(views, hit.where):
                views.setdefault(hit.where, []).append(False)
                yield hit
    for place, validated in sorted(views.items()):
        known = _only_takes_time(project, place) or _takes_none_at(project, place)
        if not all(validated) and not known and _is_new(project, place):
            yield _hit_at(project, place)


def _by_views(project: Project) -> dict[Place, list[bool]]:
    """Where a view sets a password that was sent, and for each view whether it was validated before."""
    found: dict[Place, list[bool]] = {}
    for where, validated in in_views(project, ID, partial(_set_by, project), safe=False):
        found.setdefault(Place(*where), []).append(validated)
    return found


def _set_by(project: Project, endpoint: Endpoint, effects: tuple[Effect, ...]) -> Iterator[list[Any]]:
    validated = False
    for effect in effects:
        validated = validated or effect.act is Act.VALIDATES
        if sets_sent_password(effect) and not is_made_up(effect.where.path):
            silent = validated or not _is_own(effect) or _checked_on_the_way(project, effect)
            yield [written(_outside(project, effect)), silent]


def _settled(views: dict[Place, list[bool]], where: Place) -> bool:
    """Whether views reach this place, and each of them validates."""
    reached = [validated for place, seen in views.items() if _same_line(place, where) for validated in seen]
    return bool(reached) and all(reached)


def _same_line(one: Place, other: Place) -> bool:
    return one.path == other.path and one.line_start <= other.line_end and other.line_start <= one.line_end


def _outside(project: Project, effect: Effect) -> Place:
    """Where it is called, when it happens in a `set_password` or `create_user` of the project's own."""
    place = effect.where
    for caller in reversed(effect.through):
        module = project.python.module(place.path)
        functions = module.nodes(ast.FunctionDef) if module else ()
        if not any(_is_maker(module, function) and _holds(function, place) for function in functions):
            break
        place = caller
    return place


def _is_maker(module: Module | None, function: ast.FunctionDef) -> bool:
    """`create_user`, or the `create` of a manager."""
    owner = module.parents.get(function) if module is not None else None
    of_manager = isinstance(owner, ast.ClassDef) and owner.name.endswith("Manager")
    return function.name in _MAKERS or (function.name == "create" and of_manager)


def _holds(function: ast.FunctionDef, place: Place) -> bool:
    return function.lineno <= place.line_start <= (function.end_lineno or function.lineno)


def _is_own(effect: Effect) -> bool:
    """The password of an account here, hashed; one that is stored as it was sent is told by another rule."""
    stored = effect.by in {"column", "ModelSerializer"}
    encrypted = effect.value.was(How.ENCRYPTED) or any("crypt" in s.name.lower() for s in effect.value.sources)
    return not encrypted and (not stored or effect.value.was(How.SLOW, How.FAST))


def _checked_on_the_way(project: Project, effect: Effect) -> bool:
    return any(_validated_at(project, place) for place in (effect.where, *effect.through[1:]))


def _validated_at(project: Project, place: Place) -> bool:
    module = project.python.module(place.path)
    statements = module.statements if module else ()
    inner = [s for s in statements if s.lineno <= place.line_start <= (s.end_lineno or s.lineno)]
    last = max(inner, key=lambda each: each.lineno, default=None)
    if module is None or last is None or not [*module.enclosing(last)]:
        return False
    return _validated(project, module, last)


def _is_new(project: Project, place: Place) -> bool:
    """Whether the calls that are known by name have not been told already."""
    module = project.python.module(place.path)
    return module is not None and not any(
        _same_line(told, place) for hit in _by_calls(project, module) for told in (hit.where, *hit.related)
    )


def _only_takes_time(project: Project, place: Place) -> bool:
    """`User().set_password(raw)` takes the time that a hash takes, and is thrown away."""
    module = project.python.module(place.path)
    calls = [c for c in module.nodes(ast.Call) if _same_line(module.place(c), place)] if module else []
    return any(getattr(c.func, "attr", "") == "set_password" and _password(c) is None for c in calls)


def _takes_none_at(project: Project, place: Place) -> bool:
    module = project.python.module(place.path)
    calls = [c for c in module.nodes(ast.Call) if _same_line(module.place(c), place)] if module else []
    return module is not None and any(_takes_none(module, call) for call in calls)


def _takes_none(module: Module, call: ast.Call) -> bool:
    """`create_user(**validated_data)` of a serializer whose fields are listed, and no password is among them."""
    spread = any(keyword.arg is None for keyword in call.keywords)
    owner = next((scope for scope in module.enclosing(call) if isinstance(scope, ast.ClassDef)), None)
    if not spread or owner is None:
        return False
    fields = [value for name, value in _assigned_in(owner) if name == "fields"]
    listed = bool(fields) and all(isinstance(each, ast.List | ast.Tuple) for each in fields)
    declared = {name for name, _ in _assigned_in(owner)}
    texts = {each.value for value in fields for each in walk(value) if isinstance(each, ast.Constant)}
    return listed and not any(is_password(str(each)) for each in declared | texts)


def _assigned_in(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Names that a class and its Meta give a value."""
    for statement in owner.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.ClassDef(name="Meta"):
                yield from _assigned_in(statement)
            case _:
                pass


def _hit_at(project: Project, place: Place) -> Hit:
    module = project.python.module(place.path)
    around = [c for c in module.nodes(ast.Call) if _same_line(module.place(c), place)] if module else []
    staff = module is not None and bool(around) and in_admin_form(project, module, around[0])
    return replace(_told(place), persona=Persona.PEDANTIC) if staff else _told(place)


def _by_calls(project: Project, module: Module) -> Iterator[Hit]:
    for call in module.nodes(ast.Call):
        password = None if _takes_none(module, call) else _password(call)
        sources = _sources(project, module, call, password) if password is not None else ()
        if any(not _validated(project, *source) for source in sources) and not _validated(project, module, call):
            staff = in_admin_form(project, module, call)
            yield replace(_hit(module, call), persona=Persona.PEDANTIC) if staff else _hit(module, call)


def _sources(
    project: Project, module: Module, call: ast.Call, password: ast.expr
) -> Iterator[tuple[Module, ast.expr]]:
    """Where the password comes in: here, or at the callers that hand it to the function around."""
    if sent_by_caller(project.functions, module, password):
        yield module, call
        return
    function = module.function_around(call)
    sets = "make_password" not in ast.unparse(call.func)  # which may hash for anything
    if sets and isinstance(password, ast.Name) and function is not None and function.name not in _MAKERS:
        for other, given in project.functions.given(module, function, password.id):
            if sent_by_caller(project.functions, other, given):
                yield other, given


def _password(call: ast.Call) -> ast.expr | None:
    """The password that a call sets."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    match name, call:
        case "set_password", ast.Call(func=ast.Attribute(value=ast.Call())):
            return None  # `User().set_password(raw)` takes the time that a hash takes, and is thrown away
        case "set_password" | "make_password", ast.Call(args=[password, *_]):
            return password
        case "create_user" | "create_superuser", ast.Call(keywords=keywords, args=args):
            for keyword in keywords:
                if keyword.arg is None or keyword.arg == "password":
                    return keyword.value
            return args[2] if len(args) > 2 else None
        case _:
            return None


def _validated(project: Project, module: Module, call: ast.AST) -> bool:
    """Whether the code around validates, or a class of the project that it names."""
    scopes = [scope for scope in module.enclosing(call) if not isinstance(scope, ast.Lambda)]
    if not scopes:
        return True
    words = _VALIDATES if _reads_body_itself(scopes[0]) else (*_VALIDATES, *_FORMS)
    if any(_says_so(scope, words) for scope in scopes):
        return True
    named = [node for scope in scopes for node in walk(scope) if isinstance(node, ast.Name | ast.Attribute)]
    for name in {project.qualname(module, node) or "" for node in named}:
        found = project.imports.definition(name, module.path)
        if found is None or (isinstance(found.node, ast.ClassDef) and words is _VALIDATES):
            continue
        if _inherits_it(project, found) or name.lower().endswith((*_VALIDATES, *_FORMS)):
            return True
    around = [scope for scope in scopes if isinstance(scope, ast.ClassDef)]
    return any(_inherits_it(project, project.classes.define(module, scope), words) for scope in around)


def _reads_body_itself(scope: ast.AST) -> bool:
    """Whether a view takes the password out of the request by itself: the form it names only draws the page."""
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if not any(each.arg == "request" for each in scope.args.args):
        return False
    code = ast.unparse(scope)
    takes = "request.POST" in code or "request.data" in code
    return takes and not any(word in code for word in ("is_valid(", "full_clean(", "cleaned_data", "validated_data"))


def _inherits_it(project: Project, found: Definition, words: tuple[str, ...] = (*_VALIDATES, *_FORMS)) -> bool:
    """Whether what is named validates, or a class of the project that it derives from."""
    above = project.classes.ancestry(found) if isinstance(found.node, ast.ClassDef) else (found,)
    return any(_says_so(each.node, words) for each in above if not isinstance(each, str))


def _says_so(node: ast.AST, words: tuple[str, ...]) -> bool:
    """By what it calls and names, not by what it is called: a field's method may be named `validate_password`."""
    code = _NAMED.sub(r"\1", ast.unparse(node).lower())
    return any(word in code for word in words) or any(map(_is_validator, walk(node)))


def _is_validator(node: ast.AST) -> bool:
    """`validators=[…]` on the password's field, or a method that asks for more than a length."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)) if is_password(name):
            return any(key.arg == "validators" and getattr(key.value, "elts", True) for key in keywords)
        case ast.Dict(keys=keys, values=values):
            pairs = [(k.value, v) for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant)]
            return any(is_password(str(name)) and "'validators'" in ast.unparse(value) for name, value in pairs)
        case ast.FunctionDef(name=name) if _OWN_RULE.match(name):
            return bool(_ASKS_MORE.search(ast.unparse(node)))
        case ast.FunctionDef(name="validate" | "clean"):
            return any(map(_is_pattern, walk(node)))
        case _:
            return False


def _is_pattern(node: ast.AST) -> bool:
    """`re.findall(r"[A-Z]", password)`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=args):
            return any(isinstance(each, ast.Name) and is_password(each.id) for each in args)
        case _:
            return False


def _hit(module: Module, call: ast.Call) -> Hit:
    field = _own_rule(module, call)
    return Hit(
        where=module.place(field or call),
        message="The password that is sent "
        + ("has only the rule that is written here." if field else "is set as it is."),
        attack="Accounts with the passwords that everybody tries first are taken over by trying them.",
        fix="from django.contrib.auth.password_validation import validate_password\n"
        "validate_password(password, user)",
        related=(module.place(call),) if field else (),
    )


def _told(place: Place) -> Hit:
    return Hit(
        where=place,
        message="The password that is sent is set as it is.",
        attack="Accounts with the passwords that everybody tries first are taken over by trying them.",
        fix="from django.contrib.auth.password_validation import validate_password\n"
        "validate_password(password, user)",
    )


def _own_rule(module: Module, call: ast.Call) -> ast.stmt | None:
    """The field of the serializer or form around that looks as if it decided what passwords are good."""
    for scope in module.enclosing(call):
        for statement in scope.body if isinstance(scope, ast.ClassDef) else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)) if is_password(
                    name
                ) and any(keyword.arg in {"min_length", "max_length"} for keyword in keywords):
                    return statement
                case _:
                    pass
    return None
