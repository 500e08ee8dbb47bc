"""A key that others can read in the repository is refused, wherever it lies."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from django_bearer_migrate import checks, private_keys, published_files


def new_key() -> bytes:
    return secrets.token_urlsafe(40).encode()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("name", [".env", "deploy/compose.yml", "notes.txt", "a/b/c/values.yaml", "x" * 200])
@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_a_tracked_file_that_holds_the_key(tmp_path: Path, name: str, version: str) -> None:
    folder, key = tmp_path / "project", new_key()
    (path := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    path.write_bytes(b"KEY=" + key)
    (tmp_path / "other.txt").write_bytes(b"nothing")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "other.txt")
    if version == "4":
        for number in range(300):
            (tmp_path / f"other-{'x' * (number % 150)}{number}.txt").write_bytes(b"nothing")
        git(tmp_path, "add", ".")
        git(tmp_path, "update-index", "--index-version", "4")
        assert (tmp_path / ".git/index").read_bytes()[7] == 4
        assert len(list(published_files.tracked(tmp_path / ".git/index"))) == 302
    published_files.holds.cache_clear()
    git(tmp_path, "add", "--intent-to-add" if version == "3" else "--verbose", name)
    assert published_files.holds(folder, key) == path
    assert published_files.holds(folder, key[::-1]) is None


def test_without_a_repository_shared_files_are_read_and_a_plain_env_is_not(tmp_path: Path) -> None:
    key = new_key()
    for own in (".env", ".env.production", "prod.env"):
        (tmp_path / own).write_bytes(key)
    assert published_files.holds(tmp_path, key) is None
    for name in (".env.example", "docker-compose.prod.yml"):
        (tmp_path / name).write_bytes(b"- KEY=" + key)
        published_files.holds.cache_clear()
        assert published_files.holds(tmp_path, key) == tmp_path / name
        (tmp_path / name).unlink()


@pytest.mark.parametrize("name", ["notes.txt", "mysite/base.py", "deploy/values.yaml", ".github/ci.yml", ".env.dist"])
@pytest.mark.parametrize("index", [None, b"DIRC\0\0\0\x09\0\0\0\1"])
def test_where_nothing_says_what_is_tracked_all_files_of_the_project_are_read(
    tmp_path: Path, name: str, index: bytes | None
) -> None:
    folder, key = tmp_path / "config" / "settings", new_key()
    folder.mkdir(parents=True)
    (tmp_path / "manage.py").write_text("")
    for own in (".env", "venv/a.txt", "mine/pyvenv.cfg", "mine/a.txt", "node_modules/a.js"):
        (tmp_path / own).parent.mkdir(exist_ok=True)
        (tmp_path / own).write_bytes(key)
    if index is not None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "index").write_bytes(index)
    assert published_files.holds(folder, key) is None
    published_files.holds.cache_clear()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"KEY=" + key)
    assert published_files.holds(folder, key) == tmp_path / name


def test_a_second_checkout_of_a_repository(tmp_path: Path) -> None:
    (first := tmp_path / "first").mkdir()
    key = new_key()
    (first / "notes.txt").write_bytes(key)
    git(first, "init", "-q")
    git(first, "add", "notes.txt")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    git(first, *who, "commit", "-qm", "one")
    git(first, "worktree", "add", "-q", str(tmp_path / "second"))
    assert published_files.holds(tmp_path / "second", key) == tmp_path / "second" / "notes.txt"


@pytest.mark.parametrize(
    "raw", [b"", b"DIRC", b"DIRC\0\0\0\4\0\0\0\1", b"DIRC\0\0\0\2\0\0\0\5" + b"x" * 70, b"x" * 99]
)
def test_an_index_that_cannot_be_read_names_nothing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "index").write_bytes(raw)
    assert list(published_files.tracked(tmp_path / "index")) == []
    assert list(published_files.tracked(tmp_path / "gone")) == []


def test_the_bridge_does_not_start_with_such_a_key(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_bearer_migrate import settings as ours

    monkeypatch.setattr(ours, "_folder", lambda: tmp_path)
    key = new_key()
    (tmp_path / "compose.yaml").write_bytes(key)
    settings.SIMPLE_JWT = {"SIGNING_KEY": key.decode()}
    assert ours.current().simplejwt is None
    (fault,) = ours.current().faults
    assert "compose.yaml" in fault
    assert key.decode() not in fault
    (tmp_path / "compose.yaml").unlink()
    ours.forget()
    published_files.holds.cache_clear()
    assert ours.current().simplejwt is not None


def pair(kind: str) -> tuple[Any, str]:
    """A private key, and its public one in PEM."""
    made: Any = ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else rsa.generate_private_key(65537, 2048)
    return made, made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, encoding: Encoding = Encoding.PEM) -> bytes:
    written: bytes = key.private_bytes(encoding, form, NoEncryption())
    return written


def indented(key: Any) -> bytes:
    return b"key: |\n" + b"".join(b"    " + line + b"\r\n" for line in private(key).splitlines())


def strings(key: Any) -> bytes:
    lines = private(key).splitlines()
    return b"KEY = (" + b" +\n".join(b"b'%b\\n'" % line for line in lines) + b")"


def jwk(key: Any) -> dict[str, Any]:
    """The private key as RFC 7517 writes it."""
    algorithm: Any = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    found: dict[str, Any] = algorithm.to_jwk(key, as_dict=True)
    return {**found, "kid": "1", "use": "sig"}


def in_python(key: Any) -> bytes:
    long = {name: value for name, value in jwk(key).items() if len(value) > 9}
    lines = [f"    '{name}': '{value[:9]}'" + f'\n        "{value[9:]}",' for name, value in long.items()]
    return "\n".join(["KEY = {", "    'kty': 'x',", *lines, "}"]).encode()


WRITTEN = {
    "jwk": lambda key: json.dumps(jwk(key)).encode(),
    "jwk indented": lambda key: json.dumps({"keys": [jwk(key)]}, indent=2).encode(),
    "jwk escaped": lambda key: json.dumps({"KEY": json.dumps(jwk(key))}).encode(),
    "jwk twice": lambda key: b"KEY=" + base64.b64encode(json.dumps(jwk(key)).encode()),
    "jwk twice, url": lambda key: b"KEY=" + base64.urlsafe_b64encode(json.dumps([jwk(key)]).encode()).rstrip(b"="),
    "jwk twice, indented": lambda key: base64.encodebytes(json.dumps(jwk(key), indent=2).encode()),
    "jwk in yaml": lambda key: b"".join(f"{name}: {value}\n".encode() for name, value in jwk(key).items()),
    "jwk in python": in_python,
    "plain": private,
    "traditional": lambda key: private(key, PrivateFormat.TraditionalOpenSSL),
    "openssh": lambda key: private(key, PrivateFormat.OpenSSH),
    "der": lambda key: private(key, encoding=Encoding.DER),
    "escaped": lambda key: b'{"key": "' + private(key).replace(b"\n", b"\\n") + b'"}',
    "twice": lambda key: b"KEY=" + base64.b64encode(private(key)),
    "indented": indented,
    "strings": strings,
}


@pytest.mark.parametrize("kind", ["RS256", "ES256"])
@pytest.mark.parametrize("how", WRITTEN)
def test_a_private_key_is_found_however_it_is_written(kind: str, how: str) -> None:
    (own, _), (other, _) = pair(kind), pair(kind)
    public = private_keys.public_form(own.public_key())
    assert private_keys.signs_for(WRITTEN[how](own), public)
    assert private_keys.signs_for(WRITTEN["plain"](other) + WRITTEN["plain"](own), public)
    assert not private_keys.signs_for(WRITTEN[how](other), public)


LOCKED = BestAvailableEncryption(b"a password")


@pytest.mark.parametrize("kind", ["RS256", "ES256"])
@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        (PrivateFormat.PKCS8, Encoding.PEM),
        (PrivateFormat.TraditionalOpenSSL, Encoding.PEM),
        (PrivateFormat.PKCS8, Encoding.DER),
    ],
)
def test_an_encrypted_private_key_is_told_from_one_that_can_be_read(kind: str, form: Any, encoding: Any) -> None:
    key, _ = pair(kind)
    written = key.private_bytes(encoding, form, LOCKED)
    assert private_keys.is_encrypted(written)
    if encoding is Encoding.PEM:
        assert private_keys.is_encrypted(b"KEY=" + base64.b64encode(written))
    assert not private_keys.is_encrypted(private(key, form, encoding))
    assert not private_keys.signs_for(written, private_keys.public_form(key.public_key()))


@pytest.mark.parametrize(("cipher", "encrypted"), [(b"aes256-ctr", True), (b"none", False)])
def test_an_encrypted_key_of_openssh(cipher: bytes, encrypted: bool) -> None:
    raw = b"openssh-key-v1\0" + len(cipher).to_bytes(4) + cipher + secrets.token_bytes(200)
    lines = base64.encodebytes(raw).replace(b"\n", b"\\n")
    text = b"-----BEGIN OPENSSH PRIVATE KEY-----\\n" + lines + b"-----END OPENSSH PRIVATE KEY-----"
    assert private_keys.is_encrypted(text) is encrypted


def test_a_key_in_pkcs_12() -> None:
    key, _ = pair("ES256")
    locked = pkcs12.serialize_key_and_certificates(b"key", key, None, None, LOCKED)
    plain = pkcs12.serialize_key_and_certificates(b"key", key, None, None, NoEncryption())
    assert private_keys.is_encrypted(locked)
    assert not private_keys.is_encrypted(plain)
    assert private_keys.signs_for(plain, private_keys.public_form(key.public_key()))


def test_a_file_with_an_encrypted_key_is_named_and_the_bridge_goes_on(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_bearer_migrate import settings as ours

    key, public = pair("ES256")
    monkeypatch.setattr(ours, "_folder", lambda: tmp_path)
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, LOCKED))
    settings.SIMPLE_JWT = {"ALGORITHM": "ES256", "VERIFYING_KEY": public}
    ours.forget()
    assert ours.current().simplejwt is not None
    (found,) = checks.check(None)
    assert (found.id, "locked.pem" in found.msg) == ("bearer_migrate.W003", True)


@pytest.mark.parametrize("write", [base64.b64encode, base64.urlsafe_b64encode, lambda key: key.hex().encode()])
def test_a_shared_key_in_another_form(tmp_path: Path, write: Any) -> None:
    key = secrets.token_bytes(48)
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "jwk.json").write_bytes(b'{"kty": "oct", "k": "' + write(key).rstrip(b"=") + b'"}')
    assert published_files.holds(tmp_path, key) == tmp_path / "jwk.json"
    assert published_files.holds(tmp_path, key[::-1]) is None


def test_what_is_no_private_key() -> None:
    key, pem = pair("ES256")
    public = private_keys.public_form(key.public_key())
    begin, end = b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----"
    for text in (b"", pem.encode(), begin + b"A" * 99 + end, begin + b"x", b"LS0tLS1CRUdJTi" + b"A" * 200, b"\x300"):
        assert not private_keys.signs_for(text, public)


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES256"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("where", ["settings", "keys/private.pem", "compose.yml"])
def test_the_bridge_does_not_start_with_a_published_private_key(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, kind: str, named: bool, where: str
) -> None:
    """Whether or not the settings name it, since the public one accepts what it signs."""
    from django_bearer_migrate import settings as ours

    key, public = pair(kind)
    text = private(key).decode()
    settings.SIMPLE_JWT = {"ALGORITHM": kind, "VERIFYING_KEY": public} | ({"SIGNING_KEY": text} if named else {})
    (tmp_path / "project").mkdir()
    monkeypatch.setattr(ours, "_folder", lambda: tmp_path / "project")
    git(tmp_path, "init", "-q")
    (tmp_path / "other.txt").write_text("x")
    git(tmp_path, "add", "other.txt")
    assert ours.current().simplejwt is not None
    if where == "settings":
        monkeypatch.setattr(ours, "_settings_source", lambda: f'SIMPLE_JWT = {{"SIGNING_KEY": """{text}"""}}')
    else:
        (path := tmp_path / where).parent.mkdir(exist_ok=True)
        path.write_text(text)
        git(tmp_path, "add", where)
    ours.forget()
    published_files.holds_private.cache_clear()
    assert ours.current().simplejwt is None
    (found,) = checks.check(None)
    assert (found.id, "private key lies in clear" in found.msg) == ("bearer_migrate.E001", True)
    assert text not in found.msg
