"""The files that the demo creates in a folder that git ignores: secrets, a certificate authority, a certificate."""

from __future__ import annotations

import os
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from django_bearer.conf.clients import Secret, new_secret

HOST = "127.0.0.1"
"""Where the servers listen."""
NAME = "localhost"
"""What clients call them: browsers make passkeys for names, and for no address."""
DEFAULT = Path(__file__).parent.parent / ".work" / "demo"


@dataclass(frozen=True)
class Setup:
    """The folder, and the path of each file in it."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "demo.sqlite3"

    @property
    def authority(self) -> Path:
        """The certificate that clients must trust."""
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        """Certificate and private key of the server."""
        return self.folder / "server.pem"

    @property
    def secret_key(self) -> str:
        return self._secret("secret_key")

    @property
    def password(self) -> str:
        """The password of every user of the demo."""
        return self._secret("password")

    @property
    def billing_secret(self) -> Secret:
        """The secret of the billing service, which asks this server about tokens."""
        return Secret(self._secret("billing_secret"))

    def trust(self) -> ssl.SSLContext:
        """An SSL context that trusts the server's certificate."""
        return ssl.create_default_context(cafile=str(self.authority))

    def create(self) -> Setup:
        """Create the files that do not exist yet."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("secret_key", "password"):
            _write_once(self.folder / name, secrets.token_urlsafe(48 if name == "secret_key" else 12).encode())
        _write_once(self.folder / "billing_secret", new_secret().text.encode())
        if not self.certificate.exists():
            authority = trustme.CA(organization_name="django-bearer demo")
            server = authority.issue_cert(HOST, NAME)
            authority.cert_pem.write_to_path(self.authority)
            _write_once(self.certificate, server.private_key_and_cert_chain_pem.bytes())
        return self

    def _secret(self, name: str) -> str:
        return (self.folder / name).read_text()


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def current() -> Setup:
    """The folder that `DEMO_FOLDER` names, or the default one."""
    return Setup(Path(os.environ.get("DEMO_FOLDER") or DEFAULT))
