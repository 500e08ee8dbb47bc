"""`python -m demo.serve`: keeps the demo running, and prints a page to open and lines of curl to copy.

It takes port 8443 (or `DEMO_PORT`) where that is free, and any other where it is not.
"""

from __future__ import annotations

import errno
import os
import shlex
import socket
import sys

from demo import setup
from demo.running import Running, running

PORT = 8443
FIELD = """python3 -c 'import json,sys; print(json.load(sys.stdin)["{}"])'"""


def lines(server: Running) -> list[tuple[str, str]]:
    """What to try, and the line that tries it. Each needs the ones before it."""
    curl = f"curl -sS --cacert {shlex.quote(os.path.relpath(server.setup.authority))}"
    json_body = "-H 'Content-Type: application/json'"
    login = shlex.quote(f'{{"username": "ann", "password": "{server.setup.password}"}}')
    token, field = '"Authorization: Bearer $ACCESS"', FIELD.format
    refresh = """-d '{"refresh_token": "'$REFRESH'"}'"""
    return [
        ("A page for everybody", f"{curl} {server.url}/status/"),
        ("Log in", f"TOKENS=$({curl} {json_body} -d {login} {server.url}/auth/login/)"),
        ("Keep both tokens", f"ACCESS=$(echo $TOKENS | {field('access_token')})"),
        ("", f"REFRESH=$(echo $TOKENS | {field('refresh_token')})"),
        ("Add a note", f"""{curl} -H {token} {json_body} -d '{{"text": "milk"}}' {server.url}/notes/"""),
        ("Read the notes", f"{curl} -H {token} {server.url}/notes/"),
        ("A plain Django view", f"{curl} -H {token} {server.url}/whoami/"),
        ("Refresh", f"{curl} {json_body} {refresh} {server.url}/auth/refresh/"),
        ("Log out", f"{curl} {json_body} {refresh} -w '%{{http_code}}\\n' {server.url}/auth/logout/"),
        ("The access token ended with the session", f"{curl} -i -H {token} {server.url}/notes/"),
        ("The public keys", f"{curl} {server.url}/.well-known/jwks.json"),
    ]


def main() -> int:
    with running(setup.current().folder, _free(int(os.environ.get("DEMO_PORT", PORT)))) as server:
        print(f"The notes API is up at {server.url}. Its users are ann, bob, eve and dora.")
        print("dora is in the group that must have a second factor: her first sign-in asks her to set one up.")
        print(f"Open {server.url}/ and sign up with a passkey, or sign in as ann with {server.setup.password}")
        print("Your browser warns: the certificate is this demo's own. The lines below do without a browser.")
        print("Copy and paste, in another terminal in this folder:\n")
        for what, line in lines(server):
            print(f"# {what}\n{line}" if what else line)
        print("\n# Ctrl-C ends it.", flush=True)
        try:
            return server.process.wait()
        except KeyboardInterrupt:
            return 0


def _free(port: int) -> int:
    """The port, or 0 (any) if it is taken."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((setup.HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return 0
    return port


if __name__ == "__main__":
    sys.exit(main())
