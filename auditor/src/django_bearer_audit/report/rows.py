"""The eight categories of findings, by the names that the README gives them."""

from __future__ import annotations

ROWS = {
    1: ("guess it", "Tokens that can be worked out or read from the database"),
    2: ("intercept it", "Tokens that are sent over plain HTTP, or written to logs"),
    3: ("read it in the browser", "Tokens within reach of scripts and foreign sites"),
    4: ("forge it", "Signatures, keys and claims that are not checked"),
    5: ("brute-force the login", "Logins and codes that may be tried without limit"),
    6: ("use it after it should have ended", "Tokens that are valid after logout, or never expire"),
    7: ("become the user", "Passwords, recovery and logins that admit somebody else"),
    8: ("enter a view that nobody protected", "Routes that require no authentication"),
}
