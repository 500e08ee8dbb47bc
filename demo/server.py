"""The server's process: one listener with TLS, one without, both on loopback and on free ports.

It first prints where it listens, as one line of JSON. With `--obey` it then reads commands from its standard input,
which only the process that started it can write to: `advance SECONDS` moves its clock, so that the attack demo need
not wait. When that input ends the server ends too.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

import django
import uvicorn
from django.core.management import call_command

from demo import company, setup

USERS = ("ann", "bob", "eve", "dora")
BOARD = "board"
"""The group whose members must have a second factor: dora is in it."""


def main(arguments: list[str]) -> None:
    files = setup.current().create()
    secure = _listen(int(os.environ.get("DEMO_PORT", "0")))
    plain = _listen(0)
    # A proxy in front, where there is one, is what clients see.
    seen = os.environ.get("DEMO_SEEN_AT") or secure.getsockname()[1]
    os.environ["DEMO_URL"] = f"https://{setup.NAME}:{seen}"
    other_site = company.start(f"{os.environ['DEMO_URL']}/back/")
    os.environ |= {"DEMO_COMPANY": other_site.issuer, "DEMO_COMPANY_SECRET": other_site.secret}
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    _prepare(files.password)
    where = {
        "url": f"https://{setup.NAME}:{secure.getsockname()[1]}",
        "plain": f"http://{setup.NAME}:{plain.getsockname()[1]}",
    }
    print(json.dumps(where), flush=True)
    if "--obey" in arguments:
        threading.Thread(target=_obey, daemon=True).start()
    # uvicorn trusts X-Forwarded-Proto from loopback unless told not to; nothing here stands behind a proxy.
    options: dict[str, Any] = {
        "app": "demo.asgi:application",
        "proxy_headers": False,
        "log_level": "warning",
        "lifespan": "off",
        # A client that pauses keeps its connection: closed after 5 s, it could go down with a request in it.
        "timeout_keep_alive": 120,
        # Nor does it wait long for such a client once it is told to end.
        "timeout_graceful_shutdown": 1,
    }
    without_tls = uvicorn.Server(uvicorn.Config(**options))
    threading.Thread(target=without_tls.run, kwargs={"sockets": [plain]}, daemon=True).start()
    with suppress(KeyboardInterrupt):  # which uvicorn raises again, once it has ended
        uvicorn.Server(uvicorn.Config(**options, ssl_certfile=str(files.certificate))).run(sockets=[secure])


def _listen(port: int) -> socket.socket:
    """A listening socket: a client that connects before the server is up waits."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((setup.HOST, port))
    found.listen(128)
    return found


def _prepare(password: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from allauth.account.models import EmailAddress
    from django.contrib.auth.models import Group, User

    from demo.front import timeline

    for name in USERS:
        if not User.objects.filter(username=name).exists():
            user = User.objects.create_user(name, f"{name}@example.com", password)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Group.objects.get_or_create(name=BOARD)[0].user_set.add(User.objects.get(username="dora"))
    timeline.connect()


def _obey() -> None:
    from django_bearer.primitives import clock

    for line in sys.stdin:
        word, number = line.split()
        if word == "advance":
            clock.advance(float(number))
        print("done", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1:])
