"""What a call does and yields: of the project's functions, of well-known ones, and of methods by their name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import lru_cache

from django_bearer_audit.finding import Place
from django_bearer_audit.project.effects import knowledge
from django_bearer_audit.project.effects.acts import Act
from django_bearer_audit.project.effects.arguments import Arguments
from django_bearer_audit.project.effects.frame import Frame
from django_bearer_audit.project.effects.frameworks import Frameworks
from django_bearer_audit.project.effects.inherited import Inherited
from django_bearer_audit.project.effects.objects import SENT, USER_MODELS, Objects
from django_bearer_audit.project.effects.value import (
    NOTHING,
    OF_CALLER,
    Class,
    Grown,
    How,
    Instance,
    Kind,
    Literal,
    Object,
    Parameter,
    Reference,
    Request,
    Routine,
    Rows,
    Source,
    Value,
    Verdict,
    become,
    is_callers,
    made,
    mixed,
)
from django_bearer_audit.project.flow.words import has_word, is_password, is_secret, vocabulary
from django_bearer_audit.project.imports import Definition

Apply = Callable[[Frame, ast.AST, Routine, Arguments], Value]

_ASKED = vocabulary("filter exclude get aget first last earliest latest afirst alast get_or_create update_or_create")
_ONE = vocabulary("get aget first last earliest latest afirst alast get_or_create aget_or_create update_or_create")
_MORE = vocabulary(
    "all order_by select_related prefetch_related using distinct values values_list only defer select_for_update"
    " reverse annotate"
)
_MAKES = vocabulary("create acreate get_or_create update_or_create aget_or_create bulk_create")
_ACCOUNTS = vocabulary("create_user create_superuser acreate_user _create_user")
_QUERY_HELPERS = vocabulary("get_object_or_404 aget_object_or_404 get_list_or_404 get_object_or_none get_or_none")
_ASKS = vocabulary(
    "has_perm has_perms has_permission has_object_permission check_permissions check_object_permissions"
)
SETS_PASSWORD = re.compile(r"\.(SetPasswordForm|AdminPasswordChangeForm|PasswordChangeForm)$")
_SIGNATURES = ("signature", "sig", "signed", "assertion", "credential", "proof", "attestation")
_COLUMNS = vocabulary("values values_list")
_GETS = vocabulary("get pop getlist setdefault get_all")


_BY_NAME = (
    (Act.VALIDATES, knowledge.VALIDATES),
    (Act.SENDS, knowledge.SENDS),
    (Act.LOGS, knowledge.LOGS),
    (Act.CALLS, knowledge.CALLS),
    (Act.COUNTS, knowledge.COUNTS),
    (Act.ENDS, knowledge.ENDS),
)


@lru_cache(8192)
def _act_of(dotted: str) -> Act | None:
    """What a call of a function of this name does, as far as the name says it."""
    last = dotted.rpartition(".")[2]
    if last in knowledge.ANSWERS:
        return Act.RETURNS
    for act, pattern in _BY_NAME:
        if pattern.search(dotted):
            return act
    return Act.ASKS if last in _ASKS else None


class Calls:
    """Says what happens at a call whose function and arguments are known as values."""

    def __init__(self, classes: Inherited, objects: Objects, frameworks: Frameworks, apply: Apply) -> None:
        self._classes, self._objects, self._frameworks, self._apply = classes, objects, frameworks, apply

    def call(
        self, frame: Frame, node: ast.Call, function: Value, receiver: Value | None, name: str, given: Arguments
    ) -> Value:
        match function.what:
            case Routine() as routine:
                return self._apply(frame, node, routine, given)
            case Class(definition=definition):
                return self._construct(frame, node, definition, given)
            case Reference(name=dotted):
                return self._external(frame, node, dotted, given)
            case _:
                pass
        if receiver is None:
            return self._unknown(name or "?", frame, node, given, function)
        return self._method(frame, node, receiver, name, given)

    # -- objects of the project's classes ------------------------------------------------------------

    def _construct(self, frame: Frame, node: ast.Call, definition: Definition, given: Arguments) -> Value:
        if self._frameworks.is_input(definition):
            return self._input(frame, node, definition, given)
        if self._objects.is_table(definition):
            rows = self._objects.rows_of(definition, one=True, new=True)
            return self._filled(frame, node, rows, given)
        this = Value(what=Instance(definition))
        maker = self._classes.method(definition, "__new__")
        if maker is not None:  # what it returns is what the call yields; an object of the class is initialized then
            cls = Value(what=Class(definition))
            found = self._apply(frame, node, Routine(maker, definition, cls), given)
            if not _may_be_instance(found, definition):
                return found
        method = self._classes.method(definition, "__init__")
        if method is not None:
            return self._apply(frame, node, Routine(method, definition, this), given)
        return Value(mixed(given.all()).sources, what=Instance(definition))

    def _input(self, frame: Frame, node: ast.AST, definition: Definition, given: Arguments) -> Value:
        """A serializer or form, with what its own `__init__` keeps of its arguments."""
        made_ = self._frameworks.made(definition, given)
        method = self._classes.method(definition, "__init__")
        if method is None or not isinstance(made_.what, Instance):
            return made_
        kept = self._apply(frame, node, Routine(method, definition, made_), given).what
        own = dict(kept.fields) if isinstance(kept, Instance) else {}
        return Value(what=made_.what._replace(fields=frozenset((dict(made_.what.fields) | own).items())))

    def _filled(self, frame: Frame, node: ast.AST, rows: Rows, given: Arguments) -> Value:
        """A new row with these columns."""
        for column, value in _columns(given):
            self.store(frame, node, rows, column, value)
        if rows.model == "User" and not any(c == "?" for c, _ in _columns(given)):
            frame.does(Act.CREATES, node, "row", other=Value(what=rows))
        return Value(what=rows)

    def store(self, frame: Frame, node: ast.AST, rows: Rows, column: str, value: Value) -> None:
        """A value is put into a column."""
        if _is_outbox(rows) and value.sources and value.of(Kind.REQUEST, Kind.CHANCE, Kind.WEAK):
            frame.does(Act.SENDS, node, "queue", value)
        secret = is_password(column) or (
            value.was(How.SLOW) and value.of(Kind.REQUEST, Kind.PARAMETER) and not value.was(How.ENCRYPTED)
        )
        if secret and rows.model:
            frame.does(Act.SETS, node, "column", value, Value(what=rows), column)
        if counts(column, value):
            frame.does(Act.COUNTS, node, "column", value, Value(what=rows), column)
        elif value.sources or value.what is not None:
            frame.does(Act.STORES, node, "column", value, Value(what=rows), column)

    # -- functions outside the tree ------------------------------------------------------------

    def _external(self, frame: Frame, node: ast.Call, dotted: str, given: Arguments) -> Value:
        where, last = frame.place(node), dotted.rpartition(".")[2]
        kind = knowledge.kind_of(dotted)
        if kind is not None:
            return self._source(kind, dotted, frame, node, given)
        if dotted in knowledge.LOGINS:
            frame.does(Act.ISSUES, node, dotted, given.get(1, "user"), given.get(1, "user"), "session")
            return NOTHING
        if knowledge.CHECKS.search(dotted):
            return self._checks(frame, node, dotted, given)
        if knowledge.COMPARES.search(dotted):
            return self.compare(frame, node, dotted, given.get(0), given.get(1))
        if dotted in USER_MODELS or dotted.endswith("get_user_model"):
            if dotted.endswith("get_user_model"):
                return Value(what=Reference("django.contrib.auth.models.User"))
            return self._filled(frame, node, Rows("User", one=True, new=True), given)
        if dotted.endswith(("db.models.F", "db.models.expressions.F")):
            return made(Kind.STORED, _text(given.get(0)), where)
        if last in {"getLogger", "get_logger"}:
            return Value(what=Object("logging.Logger"))
        if last in _QUERY_HELPERS:
            return _of_whom(self._looked_up(frame, node, given.get(0), given, one=True), last, given)
        if last in {"loads", "load"} and any(isinstance(v.what, Request) for v in given.placed[:1]):
            return given.placed[0]
        if last == "partial" and given.placed and isinstance(given.placed[0].what, Routine):
            return given.placed[0]
        if dotted == "setattr" and len(given.placed) == 3:
            self._set(frame, node, given)
            return NOTHING
        if dotted == "getattr" and len(given.placed) > 1 and isinstance(given.placed[1].what, Literal):
            return self._objects.attribute(given.placed[0], str(given.placed[1].what.value), where, frame.module.path)
        if _is_kept(dotted):
            frame.does(Act.STORES, node, "cache", given.get(1, "value"), given.get(0, "key"))
        self._acts(frame, node, dotted, None, given)
        if knowledge.opens(dotted):
            return self._opened(frame, node, dotted, given)
        how = knowledge.how_of(dotted)
        if how is not None:
            return self._done(frame, node, dotted, how, given)
        if dotted == "print":  # what a server prints goes to its log
            frame.does(Act.LOGS, node, dotted, mixed(given.all()))
        if last in knowledge.PLAIN:
            return NOTHING
        if last in knowledge.REWRITES:
            found = mixed(given.all())
            keep = given.placed[0] if len(given.placed) == 1 else NOTHING
            return (
                keep
                if (last in {"dict", "list", "tuple", "copy", "deepcopy", "str", "int"} and keep.items)
                or (last in {"list", "tuple", "reversed", "set"} and isinstance(keep.what, Rows))
                else found
            )
        if knowledge.FOR_USER.search(dotted):
            return self._for_user(frame, node, dotted, given)
        if dotted.endswith(("models.Q", "models.query_utils.Q")):
            held = [each for value in given.placed for each in value.items]
            return mixed(given.all())._replace(items=(*given.named, *held))
        if last[:1].isupper():
            items = [("0", given.placed[0])] if given.placed else []
            recipient = _recipient(dotted, given)
            items += [("to", recipient)] if recipient is not None else []
            return mixed(given.all())._replace(what=Object(dotted), items=tuple(items))
        self._signature(frame, node, last, given)
        return self._unknown(dotted, frame, node, given, NOTHING)

    def _signature(self, frame: Frame, node: ast.AST, name: str, given: Arguments) -> None:
        """`key.verify(signature, challenge)`: a signature that was sent is held against a key."""
        if "verif" not in name and "recover" not in name:
            return
        for value in given.all():
            told = {step.strip(".[]") for s in value.sources for step in (s.name, *s.steps)}
            if _is_sent(value) and any(has_word(each, *_SIGNATURES) for each in told):
                key = made(Kind.STORED, "public_key", frame.place(node)).with_done(How.SIGNED, frame.place(node))
                frame.does(Act.CHECKS, node, "signature", value, key)
                return

    def _source(self, kind: Kind, dotted: str, frame: Frame, node: ast.Call, given: Arguments) -> Value:
        if kind is Kind.WEAK and dotted.endswith((".choice", ".sample", ".shuffle", ".choices")) and _phrases(given):
            return mixed(given.all())
        if kind is Kind.ENVIRONMENT:
            first = given.get(0)
            name = str(first.what.value) if isinstance(first.what, Literal) else dotted
            return made(kind, name, frame.place(node))
        what = Object(dotted) if dotted.rpartition(".")[2][:1].isupper() else None
        return made(kind, dotted, frame.place(node), what=what)

    def _done(self, frame: Frame, node: ast.Call, dotted: str, how: How, given: Arguments) -> Value:
        where = frame.place(node)
        values = list(given.all())
        if how is How.FAST and dotted.endswith(".new") and values and isinstance(values[0].what, Literal):
            values = values[1:]  # the name of the algorithm
        if how is How.SIGNED and "." in dotted and not dotted.startswith(("jwt", "jose", "authlib")):
            values.append(made(Kind.ENVIRONMENT, "django.conf.settings.SECRET_KEY", where))
        if how is How.SIGNED and dotted.endswith((".encode", ".dumps", ".sign_object")):
            frame.does(Act.ISSUES, node, dotted, given.get(0, "payload", "obj"), given.get(1, "key"), "signed")
        result = mixed(values)
        made_ = result.with_done(how, where)
        return become(made_, Object(dotted)) if _is_object(dotted) else made_

    def _opened(self, frame: Frame, node: ast.Call, dotted: str, given: Arguments) -> Value:
        token = given.get(0, "token", "jwt", "s")
        how = How.PEEKED if _unverified(given) else How.OPENED
        said = "unverified" if how is How.PEEKED else "ageless" if _never_too_old(dotted, given) else ""
        frame.does(Act.OPENS, node, dotted, token, given.get(1, "key"), said)
        what = Object(dotted) if "tokens." in dotted else None
        return become(token.with_done(how, frame.place(node)), what)

    def _checks(self, frame: Frame, node: ast.AST, dotted: str, given: Arguments) -> Value:
        last = dotted.rpartition(".")[2]
        if last in {"authenticate", "aauthenticate"}:
            secret = given.named_only("password") if given.named else given.get(2)
            if secret is NOTHING:
                secret = mixed(given.all())
            frame.does(Act.CHECKS, node, dotted, secret, Value(what=Rows("User", one=True)))
            return Value(what=Rows("User", one=True))
        frame.does(Act.CHECKS, node, dotted, given.get(0, "password", "raw_password"), given.get(1, "encoded"))
        return Value(what=Verdict(frame.place(node)))

    def _for_user(self, frame: Frame, node: ast.AST, dotted: str, given: Arguments) -> Value:
        user = given.get(0, "user")
        frame.does(Act.ISSUES, node, dotted, user, user, "token")
        key = made(Kind.ENVIRONMENT, "django.conf.settings.SECRET_KEY", frame.place(node))
        return become(key.with_done(How.SIGNED, frame.place(node)), Object(dotted.rpartition(".")[0] or dotted))

    def _set(self, frame: Frame, node: ast.AST, given: Arguments) -> None:
        target, name, value = given.placed
        if isinstance(target.what, Rows) and isinstance(name.what, Literal):
            self.store(frame, node, target.what, str(name.what.value), value)

    def _unknown(self, name: str, frame: Frame, node: ast.AST, given: Arguments, receiver: Value) -> Value:
        found = mixed([receiver.plain(), *(value.plain() for value in given.all())])
        return Value(found.sources | {Source(Kind.UNKNOWN, name, frame.place(node))}, found.done)

    # -- what both kinds of names say ------------------------------------------------------------

    def _acts(self, frame: Frame, node: ast.Call, dotted: str, receiver: Value | None, given: Arguments) -> None:
        """Effects that follow from the name of what is called."""
        match _act_of(dotted):
            case Act.RETURNS:
                self.answer(frame, node, given)
            case Act.VALIDATES:
                frame.does(Act.VALIDATES, node, dotted, given.get(0, "password"))
            case Act.SENDS:
                to = _recipient(dotted, given) or receiver or NOTHING
                frame.does(Act.SENDS, node, dotted, mixed(given.all()), to)
            case Act.LOGS | Act.CALLS | Act.COUNTS as act:
                frame.does(act, node, dotted, mixed(given.all()))
            case Act.ENDS:
                frame.does(Act.ENDS, node, dotted, receiver or given.get(0))
            case Act.ASKS:
                frame.does(Act.ASKS, node, dotted)
            case _:
                pass

    def answer(self, frame: Frame, node: ast.AST, given: Arguments) -> None:
        """What is told to the client: each entry under its key."""
        for value in given.all():
            for key, held in value.items:
                frame.does(Act.RETURNS, node, "entry", held, name=key)
                for inner, deeper in held.items:
                    frame.does(Act.RETURNS, node, "entry", deeper, name=inner)
            if not value.items and (value.sources or isinstance(value.what, Rows)):
                frame.does(Act.RETURNS, node, "body", value)

    def compare(self, frame: Frame, node: ast.AST, by: str, left: Value, right: Value) -> Value:
        """One secret is held against another; what was sent stands first."""
        sent, other = (right, left) if _is_sent(right) and not _is_sent(left) else (left, right)
        if is_callers(left) or is_callers(right):
            frame.does(Act.ASKS, node, "caller", left, right)
        if _is_sent(sent) and (_worth(sent, other) or by != "=="):
            frame.does(Act.CHECKS, node, by, sent, other)
        return Value(what=Verdict(frame.place(node)))

    # -- methods ------------------------------------------------------------

    def _method(self, frame: Frame, node: ast.Call, receiver: Value, name: str, given: Arguments) -> Value:
        where = frame.place(node)
        if isinstance(receiver.what, Routine):  # `task.delay(…)`, `view.as_view()`
            if name in {"delay", "apply_async", "s", "si", "__call__", "apply", "delay_on_commit", "run"}:
                return self._apply(frame, node, receiver.what, given)
            return NOTHING
        if isinstance(receiver.what, Rows):
            found = self._of_rows(frame, node, receiver, receiver.what, name, given)
            if found is not None:
                return found
        if isinstance(receiver.what, Instance):
            found = self._of_instance(frame, node, receiver, receiver.what, name, given)
            if found is not None:
                return found
        if name in {"set_cookie", "set_signed_cookie"}:
            key = given.get(0, "key")
            frame.does(Act.COOKIE, node, name, given.get(1, "value"), _age(given), _text(key))
            return NOTHING
        if (name in _GETS and isinstance(receiver.what, Request | Parameter)) or (name in _GETS and receiver.items):
            found = self._objects.item(receiver, given.get(0), where)
            return (
                found
                if len(given.placed) < 2
                else Value(found.sources | given.placed[1].sources, found.done, found.what)
            )
        if name in _ACCOUNTS:
            return self._account(frame, node, receiver, name, given)
        if name == "set_password" and given.placed:
            frame.does(Act.SETS, node, name, given.get(0), receiver, "password")
            return NOTHING
        if name in {"check_password", "acheck_password"}:
            frame.does(Act.CHECKS, node, name, given.get(0), receiver)
            return Value(what=Verdict(where))
        if name in {"authenticate", "aauthenticate"}:
            return self._checks(frame, node, name, given)
        if name == "get_signed_cookie":
            return made(Kind.REQUEST, _text(given.get(0)), where, "COOKIES").with_done(How.OPENED, where)
        if name in {"dict", "copy", "model_dump", "json", "body", "get_json"} and isinstance(receiver.what, Request):
            return receiver if receiver.what.part else made(Kind.REQUEST, "", where, "data", Request("data"))
        if name in {"save", "asave"} and not isinstance(receiver.what, Object):
            frame.does(Act.STORES, node, "save", other=receiver)
            return receiver
        if name in {"save_m2m", "full_clean", "refresh_from_db"}:
            return receiver
        if name in {"delete", "adelete"}:
            frame.does(Act.ENDS, node, "delete", receiver)
            return NOTHING
        if name == "accept":
            frame.does(Act.ACCEPTS, node, name)
            return NOTHING
        if isinstance(receiver.what, Object):
            return self._of_object(frame, node, receiver, receiver.what.name, name, given)
        dotted = f".{name}"
        self._acts(frame, node, dotted, receiver, given)
        if name == "make_token":
            return self._done(frame, node, ".make_token", How.SIGNED, given)
        if name == "check_token":
            frame.does(
                Act.CHECKS,
                node,
                name,
                given.get(1, "token"),
                made(Kind.ENVIRONMENT, "SECRET_KEY", where).with_done(How.SIGNED, where),
            )
            return Value(what=Verdict(where))
        if knowledge.FOR_USER.search(dotted):
            return self._for_user(frame, node, name, given)
        if knowledge.opens(dotted):
            return self._opened(frame, node, dotted, given)
        self._signature(frame, node, name, given)
        if name in knowledge.REWRITES or name in _GETS:
            return mixed([receiver.plain(), *given.all()])
        if "crypt" in name:
            return mixed([receiver, *given.all()]).with_done(How.ENCRYPTED, where)
        return self._unknown(name, frame, node, given, receiver)

    def _of_object(
        self, frame: Frame, node: ast.Call, receiver: Value, cls: str, name: str, given: Arguments
    ) -> Value:
        """A method of an object of a library's class."""
        where, dotted = frame.place(node), f"{cls}.{name}"
        every = mixed([receiver.plain(), *given.all()])
        if "crypt" in name:
            return every.with_done(How.ENCRYPTED, where)
        if cls.startswith("random.SystemRandom") or "SystemRandom" in cls:
            return made(Kind.CHANCE, dotted, where)
        if cls.startswith(("random.", "numpy.random")):
            return made(Kind.WEAK, dotted, where)
        if re_verify(cls, name):
            secret = (
                given.get(0, "otp", "token", "code", "password")
                if "argon2" not in cls.lower()
                else given.get(1, "password")
            )
            frame.does(Act.CHECKS, node, dotted, secret, receiver)
            return Value(what=Verdict(where))
        if name == "send" or knowledge.SENDS.search(dotted):
            told = _recipient(dotted, given) or receiver.entry("to") or NOTHING
            frame.does(Act.SENDS, node, dotted, every, told)
            return NOTHING
        self._acts(frame, node, dotted, receiver, given)
        self._signature(frame, node, name, given)
        if name == "save" and SETS_PASSWORD.search(cls):
            sent = made(Kind.REQUEST, "new_password1", where, "POST")
            frame.does(Act.VALIDATES, node, cls, sent)
            frame.does(Act.SETS, node, "set_password", sent, receiver.entry("0") or NOTHING, "password")
        if name == "is_valid" and cls.endswith("PasswordChangeForm"):
            old = made(Kind.REQUEST, "old_password", where, "POST")
            frame.does(Act.CHECKS, node, "check_password", old, receiver.entry("0") or NOTHING)
        if "tokens." in cls and name in {"blacklist"}:
            return NOTHING
        if knowledge.FOR_USER.search(f".{name}"):
            return self._for_user(frame, node, dotted, given)
        if knowledge.opens(dotted):
            return self._opened(frame, node, dotted, given)
        if name == "make_token":
            return self._done(frame, node, dotted, How.SIGNED, given)
        how = knowledge.how_of(dotted) if not receiver.done else None
        if how is not None:
            return become(every.with_done(how, where), None)
        if name in {"now", "at", "generate_otp"} and cls.startswith("pyotp"):
            return Value(every.sources, every.done)
        if name in knowledge.REWRITES or receiver.done:
            return every
        return self._unknown(dotted, frame, node, given, receiver)

    def _of_instance(
        self, frame: Frame, node: ast.Call, receiver: Value, held: Instance, name: str, given: Arguments
    ) -> Value | None:
        """A method that a serializer, form or view has from its framework."""
        definition = held.definition
        where = frame.place(node)
        rows = self._objects.managed(definition)
        if rows is not None:
            return self._of_rows(frame, node, receiver, rows, name, given)
        if self._frameworks.is_input(definition):
            if name == "is_valid":
                self._frameworks.checked(frame, node, receiver, definition)
                return Value(what=Verdict(where))
            if name in {"save", "create", "update", "asave"}:
                return self._frameworks.saved(frame, node, receiver, definition, given)
            if name == "get_user":
                return Value(what=Rows("User", one=True))
            if name in SENT:
                return self._frameworks.data_of(receiver)
        if name in {"get_serializer", "get_form", "get_serializer_class"}:
            found = self._objects.of_instance(held, receiver, "serializer_class", where) or self._objects.of_instance(
                held, receiver, "form_class", where
            )
            if found is not None and isinstance(found.what, Class):
                return (
                    self._frameworks.made(found.what.definition, given) if name != "get_serializer_class" else found
                )
        if name in {"create", "update", "partial_update", "post", "put", "patch"}:
            return self._frameworks.generic(frame, node, receiver, definition)
        if name in {"get_object", "get_queryset", "filter_queryset"}:
            return self.table_of(receiver, held, name == "get_object", where)
        return None

    def table_of(self, receiver: Value, held: Instance, one: bool, where: Place) -> Value:
        found = self._objects.of_instance(held, receiver, "queryset", where) or self._objects.of_instance(
            held, receiver, "model", where
        )
        match found.what if found is not None else None:
            case Rows() as rows:
                return Value(what=rows._replace(one=one))
            case Class(definition=definition):
                return Value(what=self._objects.rows_of(definition, one=one))
            case Reference(name=dotted):
                return Value(what=self._objects.table_named(dotted)._replace(one=one))
            case _:
                return Value(what=Rows("", one=one))

    def _of_rows(
        self, frame: Frame, node: ast.Call, receiver: Value, rows: Rows, name: str, given: Arguments
    ) -> Value | None:
        """Managers, querysets and rows."""
        where = frame.place(node)
        manager = self._objects.of_manager(rows, name)
        if manager is not None and not rows.one:
            return self._apply(frame, node, manager, given)
        if name in _ACCOUNTS:
            return self._account(frame, node, receiver, name, given)
        if rows.one:
            return None
        if name in _MAKES:
            defaults = given.named_only("defaults")
            more = Arguments((), (*[(k, v) for k, v in given.named if k != "defaults"], *defaults.items), given.rest)
            if name != "create" and name != "acreate":
                self._looked_up(frame, node, receiver, given, one=True)
            if knowledge.TOKEN_MODELS.search(rows.model):
                user = given.get(0, "user")
                frame.does(Act.ISSUES, node, f"{rows.model}.{name}", user, user, "row")
                return made(Kind.STORED, "key", where, rows.model, rows._replace(one=True))
            value = self._filled(frame, node, rows._replace(one=True, new=name in {"create", "acreate"}), more)
            if name in {"get_or_create", "update_or_create", "aget_or_create"}:
                return Value(value.sources, items=(("0", value), ("1", NOTHING)))
            return value
        if name in {"update", "aupdate"}:
            for column, value in given.named:
                self.store(frame, node, rows, column, value)
            return NOTHING
        if name in {"delete", "adelete"}:
            frame.does(Act.ENDS, node, "delete", receiver, name=rows.model)
            return NOTHING
        if name in _ASKED or name in _MORE or name in {"exists", "aexists", "count", "acount"}:
            verdict, by = name in knowledge.VERDICTS, "exclude" if name == "exclude" else "query"
            found = self._looked_up(frame, node, receiver, given, one=name in _ONE, verdict=verdict, by=by)
            return _with_columns(found, rows, given, where) if name in _COLUMNS else _of_whom(found, name, given)
        return None

    def _looked_up(
        self,
        frame: Frame,
        node: ast.AST,
        receiver: Value,
        given: Arguments,
        *,
        one: bool,
        verdict: bool = False,
        by: str = "query",
    ) -> Value:
        match receiver.what:
            case Rows() as rows:
                pass
            case Class(definition=definition):
                rows = self._objects.rows_of(definition)
            case Reference(name=dotted):
                rows = self._objects.table_named(dotted)
            case Instance(definition=definition):
                rows = self._objects.managed(definition) or Rows("")
            case _:
                rows = Rows("")
        asked = [(c, v) for c, v in _conditions(given) if _is_sent(v) or v.done or _is_caller(v)]
        for column, value in asked:
            stored = made(
                Kind.STORED, column.removesuffix("__exact").removesuffix("__iexact"), frame.place(node), rows.model
            )
            if self._objects.is_uuid(rows, column) or self._objects.is_text_key(rows, column):
                stored = stored.with_done(How.LONG, frame.place(node))
            frame.does(Act.LOOKS_UP, node, by, value, stored, column)
        sources = receiver.sources | frozenset(
            s for _, v in asked for s in v.sources if s.kind is Kind.REQUEST or s.kind is Kind.PARAMETER
        )
        if verdict:
            return Value(sources, what=Verdict(frame.place(node)))
        return Value(sources, what=rows._replace(one=one or rows.one))

    def _account(self, frame: Frame, node: ast.AST, receiver: Value, name: str, given: Arguments) -> Value:
        rows = receiver.what if isinstance(receiver.what, Rows) else Rows("User")
        account = rows._replace(one=True, new=True)
        password = given.get(2, "password")
        frame.does(Act.CREATES, node, name, other=Value(what=account))
        if password is not NOTHING:
            frame.does(Act.SETS, node, name, password, Value(what=account), "password")
        for column, value in given.named:
            if column != "password":
                frame.does(Act.STORES, node, name, value, Value(what=account), column)
        return Value(what=account)


def _may_be_instance(found: Value, definition: Definition) -> bool:
    """Whether a `__new__` hands out an object of its class, for all that is known."""
    match found.what:
        case Instance(definition=made_of):
            return made_of.node is definition.node
        case None:
            return bool(found.of(Kind.UNKNOWN)) and not found.items and not found.done
        case _:
            return False


def counts(column: str, value: Value) -> bool:
    """`row.attempts = row.attempts + 1`: a stored number goes up."""
    own = [source for source in value.sources if source.kind in {Kind.STORED, Kind.KNOWN} and source.name == column]
    return isinstance(value.what, Grown) and bool(own) and len(value.sources) == len(own)


def re_verify(cls: str, name: str) -> bool:
    return name in {"verify", "verify_password", "check"} and any(
        word in cls for word in ("pyotp", "TOTP", "HOTP", "argon2", "PasswordHasher", "CryptContext", "passlib")
    )


def _columns(given: Arguments) -> list[tuple[str, Value]]:
    found = [(name, value) for name, value in given.named]
    if given.rest is not None:
        found += given.rest.items
        if not given.rest.items or isinstance(given.rest.what, Request):  # what was sent, and some more
            found.append(("**", given.rest))
    return found


def _is_sent(value: Value) -> bool:
    return bool(value.of(Kind.REQUEST, Kind.PARAMETER))


def _is_caller(value: Value) -> bool:
    """`filter(owner=request.user)`, `filter(owner_id=request.user.pk)`: whose rows they are."""
    return is_callers(value)


def _conditions(given: Arguments) -> list[tuple[str, Value]]:
    """`filter(Q(owner=user) | Q(reader=user), open=True)`: each column with what it is held against."""
    every = [*given.named, *(each for value in given.placed for each in value.items if not each[0].isdigit())]
    return [(column, value) for column, value in every if column != "defaults"]


def _of_whom(found: Value, name: str, given: Arguments) -> Value:
    """Rows that were looked up by the caller are his own; what is left without his is not."""
    mine = name not in {"exclude", "get_or_create", "update_or_create"} and any(
        _is_caller(value) for _, value in _conditions(given)
    )
    rows = found.what
    return found._replace(what=rows._replace(caller=True)) if mine and isinstance(rows, Rows) else found


def _with_columns(found: Value, rows: Rows, given: Arguments, where: Place) -> Value:
    """`values("email")`: the columns that are read."""
    named = [str(value.what.value) for value in given.placed if isinstance(value.what, Literal)]
    steps = OF_CALLER if rows.caller else ()
    return found._replace(sources=found.sources | {Source(Kind.KNOWN, n, where, rows.model, steps) for n in named})


def _is_kept(dotted: str) -> bool:
    """`cache.set(key, value)` of Django."""
    return dotted.startswith("django.core.cache.") and dotted.endswith((".set", ".add", ".aset", ".aadd"))


def _worth(sent: Value, other: Value) -> bool:
    """Whether a comparison may be one of secrets: something was hashed, or a name says so."""
    if sent.done or other.done:
        return True
    names = {source.name for source in (*sent.sources, *other.sources)}
    names |= {step.strip(".[]") for source in (*sent.sources, *other.sources) for step in source.steps}
    return any(
        is_secret(name) or is_password(name) or "code" in name.lower() or name.lower() == "pin" for name in names
    ) or bool(other.of(Kind.ENVIRONMENT, Kind.WEAK, Kind.CHANCE))


def _phrases(given: Arguments) -> bool:
    """Words to choose from, not letters."""
    items = [held for value in given.placed[:1] for _, held in value.items]
    texts = [held.what.value for held in items if isinstance(held.what, Literal) and isinstance(held.what.value, str)]
    return any(len(text) > 2 for text in texts)


def _is_object(dotted: str) -> bool:
    last = dotted.rpartition(".")[2]
    return last[:1].isupper() or last in {
        "new",
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "blake2b",
        "blake2s",
    }


def _unverified(given: Arguments) -> bool:
    """`verify=False`, or `options={"verify_signature": False}`, by whatever names."""
    option = given.named_only("options").entry("verify_signature")
    return any(
        value is not None and isinstance(value.what, Literal) and value.what.value is False
        for value in (option, given.named_only("verify"))
    )


def _is_outbox(rows: Rows) -> bool:
    """A table of messages that a worker sends."""
    table = rows.model.rpartition(".")[2]
    return has_word(table, "queue", "outbox", "outgoing", "queued") and has_word(
        table, "sms", "email", "mail", "message", "messages", "emails", "mails"
    )


def _never_too_old(dotted: str, given: Arguments) -> bool:
    """`signing.loads(text)` and `unsign(text)`: whatever was signed at any time is good."""
    signed = dotted.endswith(("signing.loads", ".unsign", ".unsign_object"))
    return signed and not any(name == "max_age" for name, _ in given.named) and given.rest is None


_RECIPIENTS = vocabulary(
    "recipient_list recipients to to_email to_emails phone_number PhoneNumber phone mobile to_number"
)


def _recipient(dotted: str, given: Arguments) -> Value | None:
    """Whom a message is sent to, where the arguments say it."""
    for name, value in given.named:
        if name in _RECIPIENTS:
            return value
    last = dotted.rpartition(".")[2]
    if last in {"send_mail", "EmailMessage", "EmailMultiAlternatives"} and len(given.placed) > 3:
        return given.placed[3]
    by_phone = "sms" in last.lower() or last.startswith(("publish", "send_otp", "send_text", "send_whatsapp"))
    return given.placed[0] if by_phone and given.placed else None


def _age(given: Arguments) -> Value:
    found = given.named_only("max_age")
    return found if found is not NOTHING else given.named_only("expires")


def _text(value: Value) -> str:
    if isinstance(value.what, Literal):
        return str(value.what.value)
    return next((s.name.rpartition(".")[2] for s in sorted(value.sources)), "")
