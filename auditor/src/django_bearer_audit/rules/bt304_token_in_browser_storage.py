"""The front end keeps a token in storage that every script of the page can read.

localStorage, sessionStorage, IndexedDB and cookies written by script protect nothing: one injected script, or
one compromised npm package, reads the token and uses it from elsewhere until it ends, also after the tab
was closed. A refresh token kept there is worth the whole session. In React Native, AsyncStorage is a plain
file (and localStorage on the web).

A name counts as a token by what it says (`accessToken`, `jwt`), or `access`, `refresh` and `user` when the
stored value is the answer of a login. State of the interface (theme, cart, drafts), CSRF and device tokens
are silent. A function that only reads is not reported. The exception is a refresh token that is read next to where
the next token is written, and written in another file. Where nothing in the tree writes, the pedantic persona sees
the first read.

Fix: keep the access token in memory and the refresh token in an HttpOnly cookie; in apps, the platform's
secure store (`expo-secure-store`, Keychain).
"""

from __future__ import annotations

from collections.abc import Iterator

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.front.tokens import Use, uses
from django_bearer_audit.project.token_names import words

ID = "BT304"
TITLE = "Token in browser storage"
CWE = "CWE-922"
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_SHORT_LIVED = {"sessionStorage", "AsyncStorage", "document.cookie"}


def check(project: Project) -> Iterator[Hit]:
    found = list(uses(project.front))
    writes = [use for use in found if "write" in use.actions]
    renewals = [use for use in found if use.actions == {"read"} and _renews(use, writes)]
    for use in (*writes, *renewals):
        yield _hit(use)
    if not writes:
        reads = [use for use in found if "read" in use.actions and use.sure]
        others = tuple(each.where for each in reads[1:])
        yield from (_hit(use, others, Persona.PEDANTIC) for use in reads[:1])


def _renews(use: Use, writes: list[Use]) -> bool:
    """A refresh token read where the next token is written: the other half of one place.

    Where the file writes that key itself, the write says it.
    """
    here = [write for write in writes if write.path == use.path]
    said = {key for write in here for key in write.keys}
    return any(
        "refresh" in words(key) and key not in said and 0 < write.where.line_start - use.where.line_end < 40
        for key in use.keys
        for write in here
    )


def _hit(use: Use, related: tuple[Place, ...] = (), persona: Persona | None = None) -> Hit:
    named = ", ".join(repr(key) for key in use.keys)
    verb = "written to" if "write" in use.actions else "read from"
    return Hit(
        where=use.where,
        message=f"{named} {verb} {use.store}.",
        attack="One injected script, or one compromised package of the page, reads it and uses it from anywhere.",
        fix=_fix(use),
        related=related,
        severity=Severity.MEDIUM if use.store in _SHORT_LIVED else None,
        confidence=None if use.sure else Confidence.MEDIUM,
        persona=persona,
    )


def _fix(use: Use) -> str:
    if use.store == "AsyncStorage":
        return 'await SecureStore.setItemAsync("refreshToken", refresh)  // expo-secure-store'
    return (
        "let accessToken = null;  // in memory, gone with the page\n"
        "// server: response.set_cookie('__Host-refresh', refresh, httponly=True, secure=True, "
        "samesite='Strict')"
    )
