"""What an expression is made of, followed backwards: chance, time, facts about a person, constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from django_bearer_audit.project.flow.functions import Functions, returned
from django_bearer_audit.project.flow.words import parts, vocabulary
from django_bearer_audit.project.imports import Imports
from django_bearer_audit.project.locals import Function
from django_bearer_audit.project.source import Module
from django_bearer_audit.project.walking import children

_DEPTH = 14


class Kind(Enum):
    """What a part of a value is worth to somebody who wants to guess it."""

    CHANCE = "the random module"
    TIME = "the clock"
    PERSON = "a fact about the user"
    CONSTANT = "a constant"
    STRONG = "a source that cannot be guessed"
    UNKNOWN = "unknown"


class Part(NamedTuple):
    """One thing that went into a value."""

    kind: Kind
    node: ast.expr
    module: Module
    name: str = ""


_CHANCES = vocabulary("""
    random randint randrange choice choices sample getrandbits uniform shuffle randbytes rand integers
""")
WEAK_CALLS = frozenset(f"{package}.{name}" for package in ("random", "numpy.random") for name in _CHANCES)
_CLOCKS = vocabulary("""
    time.time time.time_ns time.monotonic datetime.datetime.now datetime.datetime.utcnow
    datetime.datetime.today datetime.date.today django.utils.timezone.now uuid.uuid1 time.strftime
    time.localtime calendar.timegm time.mktime time.perf_counter
""")
_STRONG = vocabulary("""
    os.urandom uuid.uuid4 django.utils.crypto.get_random_string django.utils.crypto.salted_hmac
    django.core.management.utils.get_random_secret_key random.SystemRandom pyotp.random_base32
    hmac.new hmac.digest ssl.RAND_bytes
""")
_DURATIONS = frozenset({"datetime.timedelta", "django.utils.timezone.timedelta"})
_STRONG_PACKAGES = ("secrets.", "nacl.", "cryptography.", "django.core.signing.", "jwt.", "jose.")
_PERSON = vocabulary("""
    id pk email username phone mobile name uid userid user account login telephone mail cpf dob
    birthday
""")
# Calls that change how a value is written and add nothing to it.
REWRITES = vocabulary("""
    str int float repr bytes bytearray format join encode decode hexdigest digest upper lower strip
    zfill hex replace ljust rjust date timestamp strftime isoformat total_seconds md5 sha1 sha224 sha256
    sha384 sha512 blake2b new round abs list tuple sorted reversed map sum b64encode
    urlsafe_b64encode b32encode standard_b64encode hexlify smart_str force_str force_bytes
    smart_bytes uuid3 uuid5 crc32 urlsafe_base64_encode chr ord copy capitalize title hash timetuple
    adler32 UUID rstrip lstrip split truncate dumps
""")


class Origins:
    """Follows expressions backwards, through local names and the project's own functions."""

    def __init__(self, imports: Imports, functions: Functions) -> None:
        self._imports, self._functions = imports, functions

    def of(self, module: Module, node: ast.expr) -> tuple[Part, ...]:
        return tuple(self._of(module, node, frozenset(), 0))

    def _of(self, module: Module, node: ast.AST, seen: frozenset[ast.AST], depth: int) -> Iterator[Part]:
        if depth > _DEPTH or node in seen:
            return
        seen, depth = seen | {node}, depth + 1
        match node:
            case ast.Constant():
                yield Part(Kind.CONSTANT, node, module)
            case ast.Name():
                yield from self._name(module, node, seen, depth)
            case ast.Call():
                yield from self._call(module, node, seen, depth)
            case ast.Attribute():
                yield self._attribute(module, node)
            case ast.Subscript(value=value):
                yield from self._of(module, value, seen, depth)
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                yield from self._of(module, element, seen, depth)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._of(module, body, seen, depth)
                yield from self._of(module, orelse, seen, depth)
            case ast.JoinedStr() | ast.FormattedValue() | ast.BinOp() | ast.BoolOp() | ast.Tuple() | ast.List():
                for child in children(node):
                    if isinstance(child, ast.expr):
                        yield from self._of(module, child, seen, depth)
            case ast.Starred(value=value) | ast.Await(value=value) | ast.UnaryOp(operand=value):
                yield from self._of(module, value, seen, depth)
            case ast.expr():
                yield Part(Kind.UNKNOWN, node, module)
            case _:
                pass

    def _name(self, module: Module, node: ast.Name, seen: frozenset[ast.AST], depth: int) -> Iterator[Part]:
        stored: list[ast.expr] = []
        for scope in (*module.enclosing(node), module.tree):
            if not isinstance(scope, ast.ClassDef | ast.Lambda):
                stored = self._functions.stored(module, scope, node.id)
                if stored:
                    break
        if not stored:
            yield Part(Kind.PERSON if _about_a_person(node.id) else Kind.UNKNOWN, node, module, node.id)
            return
        found = [
            part for value in reaching(module, node, stored)[:8] for part in self._of(module, value, seen, depth)
        ]
        if _about_a_person(node.id) and all(part.kind is Kind.UNKNOWN for part in found):
            found = [Part(Kind.PERSON, node, module, node.id)]  # `email = request.POST["email"]`
        yield from found

    def _attribute(self, module: Module, node: ast.Attribute) -> Part:
        qualname = self._imports.qualname(module, node) or ""
        if qualname.startswith("string."):
            return Part(Kind.CONSTANT, node, module, qualname)
        if qualname.startswith("django.conf.settings."):
            return Part(Kind.STRONG, node, module, qualname)
        return Part(Kind.PERSON if _about_a_person(node.attr) else Kind.UNKNOWN, node, module, node.attr)

    def _call(self, module: Module, node: ast.Call, seen: frozenset[ast.AST], depth: int) -> Iterator[Part]:
        qualname = self._imports.qualname(module, node.func) or ""
        kind = kind_of(qualname)
        if kind is not None:
            yield Part(kind, node, module, qualname)
            return
        last = node.func.attr if isinstance(node.func, ast.Attribute) else qualname.rpartition(".")[2]
        if last in REWRITES:
            for argument in node.args:
                yield from self._of(module, argument, seen, depth)
            if isinstance(node.func, ast.Attribute) and not self._is_module(module, node.func.value):
                yield from self._of(module, node.func.value, seen, depth)
            return
        called = self._functions.called(module, node)
        if called is None or not isinstance(called.node, Function):
            yield Part(Kind.UNKNOWN, node, module, qualname or last)
            return
        for value in returned(called.node):
            yield from self._of(called.module, value, seen, depth + 3)

    def _is_module(self, module: Module, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._imports.bindings(module)


def reaching(module: Module, use: ast.AST, stored: list[ast.expr]) -> list[ast.expr]:
    """The assignments that can reach a use: those before the last one that surely ran are overwritten."""
    blocks: dict[int, int] = {}
    node: ast.AST | None = use
    while node is not None:
        above = module.parents.get(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(above, name, None)
            if isinstance(block, list) and node in block:
                blocks |= {id(statement): index for index, statement in enumerate(block[: block.index(node)])}
        node = above
    sure = [v for v in stored if isinstance(module.parents.get(v), ast.Assign) and id(module.parents[v]) in blocks]
    if not sure:
        return stored
    last = max(value.lineno for value in sure)
    return [value for value in stored if last <= value.lineno]


def kind_of(qualname: str) -> Kind | None:
    """What a call of a well-known function yields."""
    if qualname in WEAK_CALLS:
        return Kind.CHANCE
    if qualname in _CLOCKS:
        return Kind.TIME
    if qualname in _DURATIONS:
        return Kind.CONSTANT
    if qualname in _STRONG or qualname.startswith(_STRONG_PACKAGES):
        return Kind.STRONG
    return None


def guessable(found: tuple[Part, ...]) -> bool:
    """Nothing in it is secret: chance alone is enough to say so, else every part must be known."""
    kinds = {part.kind for part in found}
    if Kind.STRONG in kinds:
        return False
    return Kind.CHANCE in kinds or (bool(kinds & {Kind.TIME, Kind.PERSON}) and Kind.UNKNOWN not in kinds)


def _about_a_person(name: str) -> bool:
    words = parts(name)
    if words[-1:] in (("number",), ("num",), ("no",)):  # `phone_number`
        words = words[:-1]
    return bool(words) and words[-1] in _PERSON and not {"token", "session", "secret"} & set(words)
