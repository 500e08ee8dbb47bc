"""The eight categories of findings, by the names that the README gives them."""

from __future__ import annotations

ROWS = {
    1: ("guess it", "Tokens that can be worked out or read from the database"),
    2: ("intercept it", "Tokens that travel, or are logged, in clear"),
    3: ("read it in the browser", "Tokens within reach of scripts and foreign sites"),
    4: ("forge it", "Signatures, keys and claims that are not checked"),
    5: ("brute-force the login", "Logins and codes that may be tried without limit"),
    6: ("use it after it should have ended", "Tokens that go on after logout, or never end"),
    7: ("become the user", "Passwords, recovery and login that let others in"),
    8: ("enter a view that nobody protected", "Routes that ask for nothing"),
}
