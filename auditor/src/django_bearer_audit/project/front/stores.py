"""Which calls and assignments touch browser storage: the stores and the libraries around them."""

from __future__ import annotations

import re

_STORE = re.compile(r"(?:^|\.)(localStorage|sessionStorage|AsyncStorage|localforage|indexedDB)$")
_SAFE = re.compile(r"secure|keychain|encrypt|vault|memory|keystore", re.I)
_COOKIE_OWNER = re.compile(
    r"(?:^|[.$])(?:\$?cookies?|nookies|reactcookie|vuecookies|cookieservice|cookiestore|universalcookie)$", re.I
)
_ANY_STORAGE = re.compile(r"storage(?:service|helper|util|utils|manager)?$", re.I)
_VERBS = {
    **dict.fromkeys(("setItem", "set", "setItemAsync", "multiSet", "save", "put"), "write"),
    **dict.fromkeys(("getItem", "get", "getItemAsync"), "read"),
    **dict.fromkeys(("removeItem", "remove", "multiRemove", "clear", "delete"), "remove"),
}
_JQUERY = {"cookie": "write", "removeCookie": "remove"}
"""The plugin for cookies: `$.cookie(name, value)` writes, `$.cookie(name)` reads."""
_HOOKS = {
    "useLocalStorage": "localStorage",
    "useSessionStorage": "sessionStorage",
    "useStorage": "localStorage",
    "atomWithStorage": "localStorage",
    "useCookie": "document.cookie",
}
_WRAPPER = re.compile(
    r"^(?P<verb>set|save|store|write|put|get|read|load|remove|delete|clear)_?(?:to|in|from)?_?"
    r"(?P<store>local|session|async|browser)?_?(?P<what>storage|cookie)_?(?:item|value)?s?$",
    re.I,
)
_WRAPPER_VERBS = {
    "get": "read",
    "read": "read",
    "load": "read",
    "remove": "remove",
    "delete": "remove",
    "clear": "remove",
}


def store_of(expression: str, aliases: dict[str, str]) -> str | None:
    """The store an object expression names: `window.localStorage`, or an alias of it."""
    if expression in aliases:
        return aliases[expression]
    found = _STORE.search(expression)
    if found:
        return "IndexedDB" if found[1] in {"localforage", "indexedDB"} else found[1]
    return None


def access_of(callee: str, aliases: dict[str, str]) -> tuple[str, str] | None:
    """(action, store) of a call such as `localStorage.setItem` or `Cookies.set`."""
    owner, _, verb = callee.rpartition(".")
    if _SAFE.search(callee):
        return None
    if not owner:
        return _by_its_name(callee)
    if verb in _JQUERY and owner.rpartition(".")[2] in {"$", "jQuery"}:
        return _JQUERY[verb], "document.cookie"
    action = _VERBS.get(verb)
    if action is None:
        return None
    store = store_of(owner, aliases)
    if store:
        return action, store
    if _COOKIE_OWNER.search(owner):
        return action, "document.cookie"
    return (action, "browser storage") if _ANY_STORAGE.search(owner) else None


def _by_its_name(callee: str) -> tuple[str, str] | None:
    if callee in _HOOKS:
        return "write", _HOOKS[callee]
    found = _WRAPPER.match(callee)
    if not found:
        return None
    action = _WRAPPER_VERBS.get(found["verb"].lower(), "write")
    if found["what"].lower() == "cookie":
        return action, "document.cookie"
    store = (found["store"] or "").lower()
    return action, {"session": "sessionStorage", "async": "AsyncStorage"}.get(store, "localStorage")
