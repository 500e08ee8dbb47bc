"""The secret of a mail, SMS, payment or login service is in the source.

Whoever has read the repository sends mail and text messages in the name of the project, reads what was sent
(reset links among it), or acts towards the service as the project. A secret that was ever committed stays in
the history.

Reported for settings, for arguments of well-known clients, and for what is named a client's secret, whose text looks
like a real secret. Silent on texts from the environment, placeholders, keys that are meant to be public, and in tests
and demonstrations.

Fix: read it from the environment, and revoke the one that was written down.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from django_bearer_audit.finding import Confidence, Hit, Persona, Place, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.flow.words import is_made_up
from django_bearer_audit.project.values import Choice, Known, Value, constants, leaves, text

ID = "BT416"
TITLE = "Secret of a service in the source"
CWE = "CWE-798"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.MEDIUM
PERSONA = Persona.REGULAR

_SETTING = re.compile(
    r"EMAIL_HOST_PASSWORD|(\w+_)?(AUTH_TOKEN|CLIENT_SECRET|APP_SECRET|API_SECRET|KEY_SECRET|SECRET_ACCESS_KEY"
    r"|WEBHOOK_SECRET|OAUTH2_SECRET|SMTP_PASSWORD)|SOCIAL_AUTH_\w+_SECRET"
    r"|(STRIPE|RAZORPAY|PAYSTACK|FLUTTERWAVE|PAYPAL|BRAINTREE)_(\w+_)?SECRET(_KEY)?"
    r"|(SENDGRID|MAILGUN|MAILJET|BREVO|TWILIO|NEXMO|VONAGE|POSTMARK|RESEND)_(\w+_)?(API_KEY|TOKEN|SECRET)"
)
_KEY = re.compile(r"(client|app|api|consumer)_secret|secret_access_key", re.I)
_IN_ADDRESS = re.compile(
    r"^https?://[^\s?]+\?(?:.*&)?(api_?key|app_?id|access_key|secret|key)=([\w-]{20,})(?:&|$)", re.I
)
_WORDS = (
    "apiKey=",
    "apikey=",
    "api_key=",
    "access_key=",
    "&key=",
    "?key=",
    "secret=",
    "client_secret",
    "CLIENT_SECRET",
    "app_secret",
    "APP_SECRET",
    "api_secret",
    "API_SECRET",
    "consumer_secret",
)
_ASIDE = re.compile(r"(^|/)(tests?|migrations)(/|$)|(^|/)(test_|conftest)")
_NEAR = frozenset({"", "localhost", "127.0.0.1", "db", "postgres"})
_CLIENTS = {
    "twilio.rest.Client": (1, "password"),
    "razorpay.Client": (0, "auth"),
    "sendgrid.SendGridAPIClient": (0, "api_key"),
    "boto3.client": (-1, "aws_secret_access_key"),
    "boto3.resource": (-1, "aws_secret_access_key"),
    "boto3.Session": (-1, "aws_secret_access_key"),
}
_ASSIGNED = frozenset({"stripe.api_key", "resend.api_key", "openai.api_key", "paystack.api_key"})
_PLACEHOLDER = re.compile(
    r"your|change|example|placeholder|replace|enter|insert|secret|password|passwd|dummy|sample|test|todo|none|here"
    r"|admin|default|django|local|<|>|\{|\}|\*{3}|\.{3}|x{4}|pk_|(.)\1{4}",
    re.I,
)
_DESK = re.compile(
    r"\W*|(my)?(postgres(ql)?|mysql|root|toor|admin|user|django|db|database|secret|dev\w*|local\w*|test\w*|dummy|example"
    r"|change\W?me|password|passw?d?|pass|your\W?\w*|<.*>|\{.*\}|x+|1234\d*)\W?(password|pass|passwd|pw|\d{0,4})",
    re.I,
)
_TEST_KEY = re.compile(r"(sk|rk|rzp)_test_")


def check(project: Project) -> Iterator[Hit]:
    told: set[Place] = set()
    for settings in project.settings:
        for name in sorted(settings.space.values):
            if _SETTING.fullmatch(name):
                for known in _written(settings.get(name)):
                    if known.where not in told and not is_made_up(known.where.path):
                        told.add(known.where)
                        yield _hit(known.where, name, known)
        database = settings.get("DATABASES", "default", "PASSWORD")
        user = {text(known) for known in constants(settings.get("DATABASES", "default", "USER"))}
        near = {text(known) for known in constants(settings.get("DATABASES", "default", "HOST"))} & _NEAR
        for known in _of_database(database, user):
            if known.where not in told and not is_made_up(known.where.path):
                told.add(known.where)
                hit = _hit(known.where, "DATABASES PASSWORD", known)
                yield replace(hit, severity=Severity.LOW) if near else hit
    for where, what, known in (*_given(project), *_named(project)):
        if where not in told and not is_made_up(where.path):
            told.add(where)
            yield _hit(where, what, known)


def _written(value: Value) -> list[Known]:
    """What is always this text; a text that only a branch takes may be the one of a trial."""
    if isinstance(value, Choice):
        return []
    return [leaf for leaf in leaves(value) if isinstance(leaf, Known) and _is_real(text(leaf) or "")]


def _of_database(value: Value, user: set[str | None]) -> list[Known]:
    """Short ones count as well; what everybody writes on a desk, and the name of the user again, do not."""
    known = [] if isinstance(value, Choice) else [leaf for leaf in leaves(value) if isinstance(leaf, Known)]
    told = [(each, text(each) or "") for each in known]
    return [e for e, said in told if len(said) >= 4 and said not in user and not _DESK.fullmatch(said)]


def _is_real(said: str) -> bool:
    """Long, mixed, and no word that stands in for a secret."""
    bare = said.replace(" ", "")
    if len(bare) < 10 or (" " in said.strip() and not re.fullmatch(r"[a-z]{4}( [a-z]{4}){3}", said)):
        return False
    mixed = sum((any(c.isdigit() for c in bare), any(c.islower() for c in bare), any(c.isupper() for c in bare)))
    by_google = bool(re.fullmatch(r"[a-z]{16}", bare))
    known = bool(_TEST_KEY.match(said))
    return (mixed >= 2 or by_google) and (known or not _PLACEHOLDER.search(said))


def _given(project: Project) -> Iterator[tuple[Place, str, Known]]:
    """Arguments of clients, and keys that a module of theirs is given."""
    for module, call in project.calls(*_CLIENTS):
        name = project.qualname(module, call.func) or ""
        place, keyword = _CLIENTS[name]
        given = next((k.value for k in call.keywords if k.arg == keyword), None)
        if given is None and 0 <= place < len(call.args):
            given = call.args[place]
        parts = given.elts if isinstance(given, ast.Tuple) else [given] if given is not None else []
        for part in parts:
            yield from ((known.where, name, known) for known in _written(project.value(module, part)))
    for module in project.python.with_words("api_key"):
        for assign in module.nodes(ast.Assign):
            target = project.qualname(module, assign.targets[0]) if assign.targets else None
            if target in _ASSIGNED:
                for known in _written(project.value(module, assign.value)):
                    yield known.where, target or "", known


def _named(project: Project) -> Iterator[tuple[Place, str, Known]]:
    """`CLIENT_SECRET = "…"` at the top of any module, and `{"client_secret": "…"}`."""
    for module in project.python.with_words(*_WORDS):
        if _ASIDE.search(module.path):
            continue
        for statement in module.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as given) if _SETTING.fullmatch(
                    name
                ):
                    yield from ((known.where, name, known) for known in _written(project.value(module, given)))
                case _:
                    pass
        for node in module.nodes(ast.Constant):
            found = _IN_ADDRESS.search(node.value) if isinstance(node.value, str) else None
            if found and _is_real(found[2]):
                yield module.place(node), found[1], Known(found[2], module.place(node))
        for table in module.nodes(ast.Dict):
            for key, held in zip(table.keys, table.values, strict=True):
                told = key.value if isinstance(key, ast.Constant) else None
                if isinstance(told, str) and _KEY.fullmatch(told) and isinstance(held, ast.Constant):
                    yield from ((known.where, told, known) for known in _written(project.value(module, held)))


def _hit(where: Place, what: str, known: Known) -> Hit:
    trial = bool(_TEST_KEY.match(text(known) or ""))
    return Hit(
        where=where,
        message=f"{what} is written here.",
        attack="Whoever has read the repository uses the service in the name of this project.",
        fix=f'os.environ["{what.rpartition(".")[2].upper()}"]  # and revoke the one that was written down',
        severity=Severity.LOW if trial else None,
    )
