"""Webhooks: stored with the event, sent by the command, signed, sent again, and to no address that was not meant."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import ipaddress
import itertools
import json
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, transaction
from django.test import Client

from django_bearer import events
from django_bearer.conf import faults
from django_bearer.conf.schema import current
from django_bearer.conf.webhooks import Webhook
from django_bearer.database import database_time, webhook_outbox
from django_bearer.events import WARNINGS, EventKind
from django_bearer.integrations.webhooks import connection, delivery, listening
from django_bearer.integrations.webhooks.connection import NotSent, may_reach, post
from django_bearer.integrations.webhooks.deadline import TimedSocket
from django_bearer.integrations.webhooks.delivery import ATTEMPTS, LONGEST, deliver
from django_bearer.models import WebhookDelivery
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup
from django_bearer.tokens.webhook_signature import sign
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT, blocks

RAW = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(RAW).decode()
URL = "https://siem.example.com/events?source=api"
Sent = list[tuple[str, bytes, dict[str, str]]]


def hooked(settings: Any, **members: Any) -> None:
    hook = {"url": URL, "secret": SECRET, "events": ["authn_login_success", "authn_token_reuse"], **members}
    settings.BEARER = {**settings.BEARER, "WEBHOOKS": {"siem": hook}}


def login(client: Client, password: str = PASSWORD) -> int:
    body = {"username": "ann@example.com", "password": password}
    return client.post("/auth/login/", body, content_type="application/json").status_code


def collecting(sent: Sent, error: str = "") -> delivery.Post:
    def take(hook: Webhook, body: bytes, headers: dict[str, str]) -> None:
        sent.append((hook.url, body, headers))
        if error:
            raise NotSent(error)

    return take


def verified(body: bytes, headers: dict[str, str], secret: bytes = RAW) -> bool:
    """As a receiver does it, written by the standard's text."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()


def test_an_event_is_stored_and_sent_by_the_command(client: Client, ann: Any, settings: Any) -> None:
    hooked(settings)
    assert login(client) == 200
    assert login(client, "wrong") == 401, "a kind that was not asked for"
    assert WebhookDelivery.objects.count() == 1, "nothing is sent within a request"
    sent: Sent = []
    assert deliver(collecting(sent)) == delivery.Delivered(sent=1)
    [(url, body, headers)] = sent
    assert url == URL
    found = json.loads(body)
    assert found["type"] == found["data"]["event"] == "authn_login_success"
    assert found["data"]["user"] == str(ann.pk)
    assert verified(body, headers)
    assert not verified(body + b" ", headers)
    assert abs(int(headers["webhook-timestamp"]) - clock.seconds()) < 60
    assert not WebhookDelivery.objects.exists()
    assert deliver(collecting(sent)) == delivery.Delivered()


def test_a_message_that_does_not_arrive_is_sent_again_later_and_given_up(
    db: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED, user_id="7")
    sent: Sent = []
    took = []
    while WebhookDelivery.objects.exists():
        before = len(sent)
        deliver(collecting(sent, "it answered 500"))
        if len(sent) == before:
            due = WebhookDelivery.objects.get().next_at
            clock.advance((due - clock.now()) / clock.SECOND + 1)
            continue
        took.append(clock.now() / clock.SECOND)
    assert len(sent) == ATTEMPTS
    assert len({headers["webhook-id"] for _, _, headers in sent}) == 1, "the receiver knows it again"
    assert len({headers["webhook-timestamp"] for _, _, headers in sent}) > 5
    gaps = [later - earlier for earlier, later in itertools.pairwise(took)]
    assert gaps[0] < 90 < gaps[2]
    assert max(gaps) < LONGEST * 1.3
    assert "given up" in caplog.text
    assert SECRET not in caplog.text


def test_what_is_rolled_back_is_not_sent_and_what_is_refused_is(client: Client, ann: Any, settings: Any) -> None:
    hooked(settings, events=["authn_login_fail", "authn_token_reuse"])
    assert login(client, "wrong") == 401
    assert WebhookDelivery.objects.count() == 1
    with transaction.atomic():
        events.publish(EventKind.TOKEN_REUSED)
        transaction.set_rollback(True)
    assert WebhookDelivery.objects.count() == 1


def test_a_flood_of_one_kind_is_bounded_and_hides_no_other(db: Any, settings: Any) -> None:
    hooked(settings)
    for _ in range(listening.AN_HOUR + 5):
        events.publish(EventKind.LOGIN_SUCCESS)
    events.publish(EventKind.TOKEN_REUSED)
    kinds = [json.loads(row.body)["type"] for row in WebhookDelivery.objects.order_by("pk")]
    assert kinds.count("authn_login_success") == listening.AN_HOUR
    assert kinds[-1] == "authn_token_reuse"


def test_of_two_senders_one_gets_each_message(database: str, settings: Any) -> None:
    hooked(settings)
    for number in range(4):
        events.publish(EventKind.TOKEN_REUSED, user_id=str(number))
    clock.advance(1)  # SQLite's clock counts milliseconds
    sent: Sent = []

    def meanwhile(hook: Webhook, body: bytes, headers: dict[str, str]) -> None:
        sent.append((hook.url, body, headers))
        deliver(collecting(sent))

    assert deliver(meanwhile, most=1).sent == 1
    assert len({headers["webhook-id"] for _, _, headers in sent}) == len(sent) == 4


class Monotonic:
    """Replaces `clock.monotonic`; each reading takes `step` seconds."""

    def __init__(self, step: float = 0.0) -> None:
        self.at, self.step = clock.monotonic(), step

    def __call__(self) -> float:
        self.at += self.step
        return self.at


def test_a_dead_receiver_delays_another_by_one_message_and_a_run_by_its_share(
    database: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monotonic = Monotonic()
    monkeypatch.setattr(clock, "monotonic", monotonic)
    hook = {"secret": SECRET, "events": ["authn_token_reuse"]}
    urls = {"dead": "https://dead.example.com/", "siem": URL}
    settings.BEARER = {**settings.BEARER, "WEBHOOKS": {name: {**hook, "url": url} for name, url in urls.items()}}
    for number in range(8):
        events.publish(EventKind.TOKEN_REUSED, user_id=str(number))
    clock.advance(1)  # SQLite's clock counts milliseconds
    order = []

    def half_dead(hook: Webhook, body: bytes, headers: dict[str, str]) -> None:
        order.append(hook.name)
        if hook.name == "dead":
            waiting = webhook_outbox.rows().filter(webhook="dead", attempts=0)
            assert waiting.count() == 8 - order.count("dead"), "it claims what it sends, and nothing ahead"
            monotonic.at += connection.TIMEOUT
            raise NotSent("no answer came")

    assert deliver(half_dead) == delivery.Delivered(sent=8, later=3)
    assert order[:5] == ["dead", "siem"] * 2 + ["dead"]
    assert deliver(half_dead, most=2) == delivery.Delivered(later=2), "those that had no attempt yet"


def test_a_sender_that_dies_loses_no_message(db: Any, settings: Any) -> None:
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED)
    assert webhook_outbox.claim("siem", clock.now(), clock.now())
    sent: Sent = []
    assert deliver(collecting(sent)).sent == 0
    clock.advance(601)
    assert deliver(collecting(sent)).sent == 1


def test_messages_of_a_webhook_that_was_removed_wait_and_are_purged(db: Any, settings: Any) -> None:
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED)
    settings.BEARER = {name: value for name, value in settings.BEARER.items() if name != "WEBHOOKS"}
    assert deliver(collecting([])) == delivery.Delivered()
    clock.advance(8 * 86_400)
    assert cleanup.purge() >= 1
    assert not WebhookDelivery.objects.exists()


def test_erasing_a_person_erases_what_waits(db: Any, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED, user_id="7")
    events.publish(EventKind.TOKEN_REUSED, user_id="8")
    call_command("bearer_events", "erase", "--user", "7")
    assert [row.user_id for row in WebhookDelivery.objects.all()] == ["8"]


def test_without_webhooks_an_event_costs_nothing(db: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        events.publish(EventKind.TOKEN_REFRESHED)


def test_a_secret_is_replaced_without_a_gap() -> None:
    old, new = b"o" * 8 + RAW, RAW
    signature = sign([new, old], "msg_1", 1, b"{}")
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": signature}
    assert verified(b"{}", headers, new)
    assert verified(b"{}", headers, old)


def test_a_known_answer_of_the_convention() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    found = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"url": "http://siem.example.com/"}, "https"),
        ({"url": "https://ann:secret@siem.example.com/"}, "password"),
        ({"url": "https://siem.example.com/a b"}, "ASCII"),
        ({"url": "https://siem.example.com/\r\nX: y"}, "ASCII"),
        ({"url": None}, "https"),
        ({"secret": ""}, "secret"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"secret": "whsec_" + base64.b64encode(b"a" * 32).decode()}, "secret"),
        ({"secret": "of another format " * 3}, "secret"),
        ({"secret": []}, "secret"),
        ({"events": []}, "events"),
        ({"events": ["authn_login"]}, "events"),
        ({"verify": False}, "keys"),
        ({"networks": ["everywhere"]}, "network"),
    ],
)
def test_what_cannot_be_used_is_said_without_the_secret(settings: Any, members: dict[str, Any], word: str) -> None:
    hooked(settings, **members)
    [fault] = faults()
    assert word in fault
    assert SECRET.removeprefix("whsec_") not in fault
    for part in ("c2hvcnQ=", "of another format", "ann:secret"):
        assert part not in fault


def test_by_default_warnings_are_sent_and_nothing_shows_a_secret(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "WEBHOOKS": {"siem": {"url": URL, "secret": SECRET}}}
    hook = current().webhooks["siem"]
    assert hook.kinds == WARNINGS
    assert str(RAW) not in repr(current())
    assert repr(RAW) not in repr(hook)


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 240.0.0.1
    255.255.255.255 ::1 :: fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1
    ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b:1::a9fe:a9fe ::a9fe:a9fe ::7f00:1 ::ffff:0:a9fe:a9fe fec0::1
    192.0.0.192 192.0.0.9 168.63.129.16 ::ffff:168.63.129.16 192.88.99.1 198.18.0.1 203.0.113.1
    2001::1 2001:db8::1 3fff::1 4000::1 5f00::1
    2002:7f00:1:: 2a00:1:2:3:0:5efe:a00:1 2a00:1:2:3:200:5efe:808:808
    2a00:1:2:3::a9fe:a9fe 2a00:1:7f00:1:: 2a00:1:a9:fea9:fe::
    2a00:1:2:a:0:1:: 2a00:1:2:3:c0:a800:100:0 2a00:1:20a:0:1::""".split(),  # noqa: SIM905 - easier to read
)
def test_no_message_goes_to_this_machine_or_a_private_network(address: str) -> None:
    assert not may_reach(address, [])


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "168.63.129.15",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "2606:4700::6810:84e5",
        "2a00::1",
    ],
)
def test_public_addresses_are_reached(address: str) -> None:
    assert may_reach(address, [])


def test_a_name_that_cannot_be_one_stops_no_other_message() -> None:
    with pytest.raises(NotSent, match="cannot be resolved"):
        post(f"https://{'a' * 64}.example.com/", b"{}", {}, [])


def test_networks_of_the_settings_are_reached(settings: Any) -> None:
    hooked(settings, networks=["10.1.0.0/16"])
    networks = current().webhooks["siem"].networks
    assert may_reach("10.1.2.3", networks)
    assert may_reach("::ffff:10.1.2.3", networks)
    assert not may_reach("10.2.0.1", networks)
    assert not may_reach("127.0.0.1", networks)


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, 0, 0, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    monkeypatch.setattr(socket, "create_connection", lambda *a: pytest.fail("it connected"))
    with pytest.raises(NotSent, match="no public address"):
        post(URL, b"{}", {}, [])


@pytest.fixture
def receiver() -> Iterator[tuple[int, list[tuple[str, bytes]], list[int], ssl.SSLContext]]:
    """A receiver with a certificate for `siem.example.com`, on loopback."""
    got: list[tuple[str, bytes]] = []
    statuses = [204]

    class Receive(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses[0])
            self.send_header("Location", "https://127.0.0.1/")
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    class Quiet(http.server.HTTPServer):
        def handle_error(self, *arguments: object) -> None: ...

    authority = trustme.CA()
    server = Quiet(("127.0.0.1", 0), Receive)
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("siem.example.com").configure_cert(theirs)
    authority.configure_trust(ours)
    server.socket = theirs.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, got, statuses, ours
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_message_over_the_network(receiver: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, db: Any) -> None:
    """The name is resolved once, the certificate verified for it, and a redirect is no success."""
    port, got, statuses, context = receiver
    asked = []

    def resolved(host: str, *arguments: Any, **options: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    hooked(settings, url=f"https://siem.example.com:{port}/events?a=b", networks=["127.0.0.1/32"])
    networks = current().webhooks["siem"].networks
    url = f"https://siem.example.com:{port}/events?a=b"
    real = socket.create_connection

    def connected(where: tuple[str, int], timeout: float) -> socket.socket:
        assert where == ("127.0.0.1", port), "the address that was looked at"
        return real(where, timeout)

    monkeypatch.setattr(socket, "create_connection", connected)
    post(url, b'{"a": 1}', {"webhook-id": "m"}, networks, context)
    assert got == [("/events?a=b", b'{"a": 1}')]
    assert asked == ["siem.example.com", "127.0.0.1"], "the second time as the address that it is"
    statuses[0] = 302
    with pytest.raises(NotSent, match="answered 302"):
        post(url, b"{}", {}, networks, context)
    assert len(got) == 2, "nobody followed it"
    with pytest.raises(NotSent, match="SSL"):
        post(url, b"{}", {}, networks)
    with pytest.raises(NotSent, match="SSL"):
        post(url.replace("siem", "other"), b"{}", {}, networks, context)


def test_a_receiver_has_one_deadline_for_the_whole_exchange(
    receiver: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Connecting, the handshake, sending and each read take three seconds: none too long, all together too long."""
    port, _, _, context = receiver
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    monkeypatch.setattr(clock, "monotonic", Monotonic(step=3.0))
    with pytest.raises(NotSent, match="TimeoutError"):
        post(URL, b"{}", {}, [ipaddress.ip_network("127.0.0.1/32")], context)


class Dripping:
    """A socket that takes and gives one byte a second, which no timeout of a single use notices."""

    def __init__(self, monotonic: Monotonic) -> None:
        self.monotonic, self.timeouts, self.sent = monotonic, list[float](), b""

    def settimeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    def send(self, data: bytes) -> int:
        self.monotonic.at += 1
        self.sent += bytes(data[:1])
        return 1

    def recv_into(self, buffer: Any) -> int:
        self.monotonic.at += 1
        buffer[:1] = b"a"
        return int(len(self.timeouts) < 50)


def test_a_socket_that_gives_a_byte_now_and_then_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monotonic = Monotonic()
    monkeypatch.setattr(clock, "monotonic", monotonic)
    sock: Any = Dripping(monotonic)
    timed = TimedSocket(sock, monotonic.at + 9.5)
    timed.sendall(b"abc")
    assert sock.sent == b"abc"
    with pytest.raises(TimeoutError):
        timed.makefile("rb").readline()
    assert sock.timeouts == pytest.approx([9.5 - second for second in range(10)])
    with pytest.raises(TimeoutError):
        timed.sendall(b"d")


def test_the_receiver_of_the_guide_verifies(db: Any, settings: Any) -> None:
    [code] = [block.code for block in blocks(ROOT / "docs/guide/webhooks.md") if block.path == "receiver.py"]
    found: dict[str, Any] = {}
    exec(code, found)
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED, user_id="7")
    sent: Sent = []
    deliver(collecting(sent))
    [(_, body, headers)] = sent
    now = int(headers["webhook-timestamp"])
    assert found["is_ours"](headers, body, SECRET, now)
    assert not found["is_ours"](headers, body + b" ", SECRET, now)
    assert not found["is_ours"](headers, body, SECRET, now + 301)
    assert not found["is_ours"]({**headers, "webhook-id": "other"}, body, SECRET, now)
    assert not found["is_ours"]({}, body, SECRET, now)
    for name, value in [
        ("signature", "v1,\xe9"),
        ("signature", "v1,\ud800"),
        ("id", "\ud800"),
        ("timestamp", "9" * 5000),
        ("timestamp", "\u0663"),
        ("timestamp", "\xb2"),
    ]:
        assert not found["is_ours"]({**headers, f"webhook-{name}": value}, body, SECRET, now), name


def test_a_message_is_due_at_once_by_a_database_whose_clock_shows_less(db: Any) -> None:
    """SQLite's shows whole milliseconds, and an event names its microsecond."""
    webhook_outbox.add("siem", "", "{}", 1_000_999)
    due = database_time.shown(1_000_999, "sqlite")
    assert webhook_outbox.claim("siem", due, due) is not None


def test_the_command(db: Any, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    hooked(settings)
    events.publish(EventKind.TOKEN_REUSED)
    monkeypatch.setattr(connection, "post", lambda *a: None)
    call_command("bearer_webhooks")
    assert capsys.readouterr().out == "1 sent, 0 to be sent again, 0 given up\n"


def test_the_command_runs_on_until_it_is_told_to_end(
    db: Any, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is away for a while ends nothing, and the signal leaves a run that is under way whole."""
    hooked(settings)
    monkeypatch.setattr(connection, "post", lambda *a: None)
    waited: list[float] = []
    before = signal.getsignal(signal.SIGTERM)

    def wait(event: threading.Event, seconds: float | None = None) -> bool:
        if seconds != 7:
            return of_threading(event, seconds)  # another thread's
        waited.append(seconds)
        match len(waited):
            case 1:
                events.publish(EventKind.TOKEN_REUSED)
            case 2:
                monkeypatch.setattr(webhook_outbox, "claim", away)
            case 3:
                monkeypatch.setattr(webhook_outbox, "claim", claim)
                signal.raise_signal(signal.SIGTERM)
        return event.is_set()

    def away(*arguments: Any) -> None:
        raise OperationalError("gone")

    claim, of_threading = webhook_outbox.claim, threading.Event.wait
    monkeypatch.setattr(threading.Event, "wait", wait)
    call_command("bearer_webhooks", every=7)
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["0 sent", "1 sent"]
    assert waited == [7, 7, 7]
    assert "webhooks were not sent: OperationalError" in caplog.text
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("every", [0, -1, 3601])
def test_the_command_runs_again_within_an_hour(every: int) -> None:
    with pytest.raises(CommandError, match="between 1 and 3600"):
        call_command("bearer_webhooks", every=every)


def test_a_login_works_where_no_message_can_be_stored(
    client: Client, ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(settings)

    def fails(*arguments: Any) -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(webhook_outbox, "add", fails)
    assert login(client) == 200
    assert not WebhookDelivery.objects.exists()
