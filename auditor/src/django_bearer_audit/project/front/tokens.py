"""Which storage accesses are about tokens, and which of them belong together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from django_bearer_audit.finding import Place
from django_bearer_audit.project.front import Front
from django_bearer_audit.project.front.facts import Access, FileFacts, Function
from django_bearer_audit.project.token_names import is_record, is_token, last_name, may_be_token

_LOGIN = re.compile(r"login|signin|sign-in|token|auth|jwt|session|register|signup|/sessions?\b", re.I)
_ANSWER = re.compile(r"\b(?:res|resp|response|result|data|payload|json|body)\b", re.I)
_MARKUP = re.compile(r"^(?:true|false|null|undefined|\d+|[\"'`][^\"'`]{0,15}[\"'`])$")
_FAR = 15
"""Lines between two accesses of one function that a reader would still see as one place."""


class Use(NamedTuple):
    """Neighbouring accesses of token entries in one function."""

    path: str
    store: str
    keys: tuple[str, ...]
    actions: frozenset[str]
    where: Place
    sure: bool


def uses(front: Front) -> Iterator[Use]:
    """Every place of the front end that keeps, reads or removes a token in browser storage."""
    for path, facts in front.files.items():
        groups: dict[tuple[int, str], list[tuple[Access, bool]]] = defaultdict(list)
        for number, access in enumerate(facts.accesses):
            sure = about_token(access, facts)
            if sure is not None:
                alone = access.function if access.function >= 0 else -2 - number
                groups[alone, access.store].append((access, sure))
        for (_, store), members in groups.items():
            for near in _near(members):
                yield _use(path, store, near)


def about_token(access: Access, facts: FileFacts) -> bool | None:
    """True when the entry can hardly be anything but a token, False when it probably holds one, else None."""
    if _MARKUP.match(access.value):
        return None
    key, value = access.key, last_name(access.value)
    if is_token(key):
        return True
    if access.action == "read":
        return False if may_be_token(key) else None
    if access.action == "remove":
        return False if may_be_token(key) or is_record(key) else None
    if is_token(value) and not _names_something_else(key):
        return True
    if may_be_token(key) and (may_be_token(value) or _ANSWER.search(access.value)):
        return True
    return False if is_record(key) and _whole_answer(access, facts) else None


def _names_something_else(key: str) -> bool:
    """A key that says what it holds, such as `csrf` or `tokenExpiry`, is believed."""
    return bool(re.search(r"csrf|xsrf|fcm|push|expir|theme|lang|cart|captcha", key, re.I))


def _whole_answer(access: Access, facts: FileFacts) -> bool:
    """The answer of a login call, stored as it came, holds the token too."""
    function = function_of(facts, access.function)
    if function is None or not _ANSWER.search(access.value):
        return False
    plain = re.fullmatch(r"(?:JSON\.stringify\()?[\w.]*\b(?:data|res|response|result|json|payload)\)?", access.value)
    return bool(plain) and any(_LOGIN.search(address) for address in function.addresses)


def function_of(facts: FileFacts, number: int) -> Function | None:
    return facts.functions[number] if 0 <= number < len(facts.functions) else None


def _near(members: list[tuple[Access, bool]]) -> Iterator[list[tuple[Access, bool]]]:
    ordered = sorted(members, key=lambda member: member[0].line_start)
    near = [ordered[0]]
    for member in ordered[1:]:
        if member[0].line_start - near[-1][0].line_end > _FAR:
            yield near
            near = []
        near.append(member)
    yield near


def _use(path: str, store: str, near: list[tuple[Access, bool]]) -> Use:
    start = min(access.line_start for access, _ in near)
    end = max(access.line_end for access, _ in near)
    keys = dict.fromkeys(access.key or last_name(access.value) for access, _ in near)
    actions = frozenset(access.action for access, _ in near)
    return Use(path, store, tuple(keys), actions, Place(path, start, end), any(sure for _, sure in near))
