"""A login compares the password with a text in the source.

The password is the same on every installation, is known to everyone who has read the code, cannot be changed
by its owner and is never hashed. A one-time code that is always accepted, or always the same, is such a password.

An administrator's account that a command makes with such a password is found too.

Silent on empty texts and masks, on comparisons with what no caller sent, and on codes under a condition of the
settings.

Fix: `django.contrib.auth.authenticate`, with users in the database.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.per_module import modules_with
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.requests import sent_by_caller
from django_bearer_audit.project.flow.words import has_word, is_made_up, is_password, is_secret
from django_bearer_audit.project.locals import Function, assigned_once, is_parameter
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.values import Known
from django_bearer_audit.project.walking import walk

ID = "BT407"
TITLE = "Password written in the source"
CWE = "CWE-798"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_NO_PASSWORDS = frozenset({"", "none", "null", "undefined", "true", "false", "password", "passwort", "senha"})

_SENDS = ("otp", "code", "sms", "pin", "verification", "verify", "send")


@modules_with("passw", "pwd", "secret", "token", "api_key", "senha", "otp", "OTP", "create_superuser")
def check(project: Project, module: Module) -> Iterator[Hit]:
    for node in module.nodes(ast.Compare):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                given = _given(project, module, left, right) or _given(project, module, right, left)
                if given:
                    yield Hit(
                        where=module.place(node),
                        message=f"{given} is compared with a text written here.",
                        attack="Whoever has read the code logs in, on every installation.",
                        fix="user = authenticate(request, username=username, password=password)",
                    )
            case _:
                pass
    if not is_made_up(module.path) and not _is_aside(module.path):
        yield from _accounts(project, module)
    for assign in () if is_made_up(module.path) else module.nodes(ast.Assign):
        name = _constant_code(module, assign)
        if name:
            yield Hit(
                where=module.place(assign),
                message=f"{name} is the same for everybody: {ast.unparse(assign.value)}.",
                attack="Whoever has read the code passes as the owner of any phone or address.",
                fix='code = f"{secrets.randbelow(10**6):06}"',
            )


def _accounts(project: Project, module: Module) -> Iterator[Hit]:
    """`create_superuser("admin", password="…")`: the account of an administrator on every installation."""
    for call in module.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        for given in _passwords(name, call):
            text = _text(project, module, given)
            if text is not None and len(text) >= 4 and text.lower() not in _NO_PASSWORDS - {"password"}:
                yield Hit(
                    where=module.place(given),
                    message=f"{name} gets a password that is written here.",
                    attack="Whoever has read the code logs in as the administrator, on every installation.",
                    fix='User.objects.create_superuser("admin", password=os.environ["ADMIN_PASSWORD"])',
                )
    for function in module.nodes(ast.FunctionDef):
        yield from _staff(project, module, function)
        if function.name == "handle" and "/management/commands/" in f"/{module.path}":
            yield from _listed(module, function)


def _staff(project: Project, module: Module, function: ast.FunctionDef) -> Iterator[Hit]:
    """`user.is_superuser = True` beside `user.set_password("…")`."""
    made = {
        ast.unparse(target.value)
        for node in walk(function)
        if isinstance(node, ast.Assign) and getattr(node.value, "value", None) is True
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr in {"is_superuser", "is_staff"}
    }
    for call in (node for node in walk(function) if made and isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Attribute(value=owner, attr="set_password"), args=[given]) if ast.unparse(
                owner
            ) in made and _text(project, module, given):
                yield Hit(
                    where=module.place(call),
                    message="An account of the staff gets a password that is written here.",
                    attack="Whoever has read the code logs in as the administrator, on every installation.",
                    fix='user.set_password(os.environ["ADMIN_PASSWORD"])',
                )
            case _:
                pass


def _passwords(name: str, call: ast.Call) -> list[ast.expr]:
    if name != "create_superuser":
        return []
    named = [keyword.value for keyword in call.keywords if keyword.arg == "password"]
    return named or call.args[2:3]


def _listed(module: Module, function: ast.FunctionDef) -> Iterator[Hit]:
    """A command that makes accounts of a list: `{"username": "admin", "password": "…"}`."""
    lists = [node for node in walk(function) if isinstance(node, ast.List | ast.Tuple)]
    for node in lists:
        told = [_entry(each) for each in node.elts if isinstance(each, ast.Dict)]
        if any(told):
            yield Hit(
                where=module.place(node),
                message="Accounts are made with passwords that are written here.",
                attack="Whoever has read the code logs in as the administrator, on every installation.",
                fix='getpass.getpass("Password: ")  # or from the environment',
            )


def _entry(entry: ast.Dict) -> bool:
    held = {k.value: v for k, v in zip(entry.keys, entry.values, strict=True) if isinstance(k, ast.Constant)}
    password = held.get("password")
    text = password.value if isinstance(password, ast.Constant) else None
    admin = any(
        isinstance(v, ast.Constant) and isinstance(v.value, str) and re.search(r"admin|root|super", v.value, re.I)
        for v in held.values()
    )
    return isinstance(text, str) and len(text) >= 4 and admin


def _is_aside(path: str) -> bool:
    return bool(re.search(r"(^|/)(tests?|migrations)(/|$)|(^|/)(test_|conftest)", path))


def _given(project: Project, module: Module, sent: ast.expr, literal: ast.expr) -> str | None:
    """The name of what the caller sent, when it is compared with a text that is a password."""
    name = _name(sent)
    if not (is_password(name) or is_secret(name)):
        return None
    text = _text(project, module, literal)
    if text is None or text.lower() in _NO_PASSWORDS or not set(text) - set("*x•.-_ "):
        return None
    if len(text) < 4 and not is_password(name):
        return None
    inner = sent.args[0] if isinstance(sent, ast.Call) and isinstance(sent.func, ast.Name) and sent.args else sent
    return name if sent_by_caller(project.functions, module, inner) or _is_login(module, inner) else None


def _text(project: Project, module: Module, literal: ast.expr) -> str | None:
    """What is written here, or in a constant that is named here."""
    if isinstance(literal, ast.Name) and literal.id.isupper():
        found = project.value(module, literal)
        value: object = found.value if isinstance(found, Known) else None
    else:
        value = literal.value if isinstance(literal, ast.Constant) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _constant_code(module: Module, assign: ast.Assign) -> str | None:
    """`code = "1234"` in a function that sends or makes codes, and nowhere else given a value."""
    function = module.function_around(assign)
    match assign:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if function is not None:
            typed = isinstance(value, str) and value.isdigit() and 4 <= len(value) <= 8
            number = isinstance(value, int) and 1000 <= value < 10**8 and has_word(name, "otp", "opt", "pin")
            one_time = has_word(name, "otp", "opt", "pin", "code", "passcode")
            if not one_time or not (typed or number) or not has_word(function.name, *_SENDS):
                return None
            return name if name in assigned_once(function) and not _is_conditional(module, assign) else None
        case _:
            return None


def _is_conditional(module: Module, node: ast.AST) -> bool:
    above = module.parents.get(node)
    while above is not None and not isinstance(above, Function):
        if isinstance(above, ast.If):
            return True
        above = module.parents.get(above)
    return False


def _is_login(module: Module, node: ast.expr) -> bool:
    function = module.function_around(node)
    return (
        function is not None
        and isinstance(node, ast.Name)
        and is_parameter(function, node.id)
        and has_word(function.name, "login", "authenticate", "auth", "signin", "credentials", "otp")
    )


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Call(func=ast.Name(id="int" | "str"), args=[inner]):
            return _name(inner)
        case _:
            return ""
